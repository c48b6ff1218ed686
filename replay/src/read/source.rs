//! The bytes of a log: a file, a pipe or standard input.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::args::Args;
use crate::failure::Failure;

/// The size of the buffer in front of the system.
const BUFFER: usize = 1 << 18;

/// Forms that are turned into text by another program: the first bytes, the file's ending, the name,
/// and the program.
const FOREIGN: [(&[u8], &str, &str, &str); 7] = [
    (b"\x1f\x8b", "gz", "compressed", "zcat LOG"),
    (b"\x28\xb5\x2f\xfd", "zst", "compressed", "zstdcat LOG"),
    (b"\xfd7zXZ", "xz", "compressed", "xzcat LOG"),
    (b"BZh", "bz2", "compressed", "bzcat LOG"),
    (b"PK\x03\x04", "zip", "compressed", "unzip -p LOG"),
    (b"\xff\xfe", "", "UTF-16", "iconv -f UTF-16 -t UTF-8 LOG"),
    (b"\xfe\xff", "", "UTF-16", "iconv -f UTF-16 -t UTF-8 LOG"),
];

/// Returns the error of a log whose name ends as those of compressed files.
pub(crate) fn compressed(shown: &str, ending: &str) -> Option<Failure> {
    let found = FOREIGN.iter().find(|(_, known, ..)| !known.is_empty() && *known == ending);
    found.map(|(.., is, tool)| foreign(shown, is, tool))
}

fn foreign(shown: &str, is: &str, tool: &str) -> Failure {
    Failure::new(
        format!("the log {shown} is {is}"),
        format!("make text of it on the way: `{tool} | replay - --format csv`"),
    )
}

/// The bytes of a log, behind its byte order mark.
pub(crate) type Bytes = BufReader<Counted>;

/// A reader that counts.
pub(crate) struct Counted {
    inner: Box<dyn Read>,
    bytes: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        // Relaxed: the count is for people to read.
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// An open log.
pub(crate) struct Source {
    pub(crate) bytes: Bytes,
    /// The bytes that were read so far.
    pub(crate) read: Arc<AtomicU64>,
    /// The size of a file.
    pub(crate) size: Option<u64>,
}

impl Source {
    /// Opens the log.
    ///
    /// # Errors
    /// It cannot be read, is empty, is compressed, or is UTF-16.
    pub(crate) fn open(args: &Args) -> Result<Self, Failure> {
        let shown = args.shown();
        let fail = |error| Failure::of_file("read the log", &shown, &error);
        let (mut inner, size): (Box<dyn Read>, _) = if args.is_standard_input() {
            (Box::new(io::stdin()), None)
        } else {
            let file = File::open(&args.log).map_err(fail)?;
            let about = file.metadata().map_err(fail)?;
            let size = about.is_file().then_some(about.len());
            (Box::new(file), size)
        };
        let read = Arc::new(AtomicU64::new(0));
        let begin = begin(&mut inner).map_err(fail)?;
        if let Some((.., is, tool)) = FOREIGN.iter().find(|(mark, ..)| begin.starts_with(mark)) {
            return Err(foreign(&shown, is, tool));
        }
        if contents(&begin).is_empty() && begin.len() < BUFFER {
            return Err(Failure::new(
                format!("the log {shown} is empty"),
                "it needs a header line with `time` and `outcome` or `status`, or JSON lines",
            ));
        }
        let mark = if begin.starts_with(MARK) { MARK.len() } else { 0 };
        let inner = Box::new(Cursor::new(begin).chain(inner));
        let mut bytes =
            BufReader::with_capacity(BUFFER, Counted { inner, bytes: Arc::clone(&read) });
        bytes.fill_buf().map_err(fail)?;
        bytes.consume(mark);
        Ok(Self { bytes, read, size })
    }
}

const MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads until the log's form shows, or its end. A pipe may hand out its first bytes one by one.
fn begin(inner: &mut impl Read) -> io::Result<Vec<u8>> {
    const ENOUGH: usize = 6;
    let mut begin = Vec::new();
    let mut part = [0; 4096];
    while contents(&begin).len() < ENOUGH && begin.len() < BUFFER {
        match inner.read(&mut part) {
            Ok(0) => break,
            Ok(count) => begin.extend_from_slice(&part[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(begin)
}

/// Returns the bytes without the byte order mark and white space around them.
fn contents(begin: &[u8]) -> &[u8] {
    begin.strip_prefix(MARK).unwrap_or(begin).trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one byte at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(1);
            self.0.read(&mut buffer[..count])
        }
    }

    #[test]
    fn begin_is_read_past_the_mark_and_empty_lines() {
        for text in ["\u{feff}time,outcome\n", "\n\n\u{20}time,outcome\n"] {
            let begin = begin(&mut Slow(text.as_bytes())).unwrap();
            assert_eq!(contents(&begin), b"time,o");
        }
        assert_eq!(begin(&mut Slow(b"\n\n")).unwrap(), b"\n\n");
        assert!(FOREIGN.iter().all(|(mark, ..)| mark.len() <= 6));
    }
}
