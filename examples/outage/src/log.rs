//! The calls without a breaker as a log in CSV, such as a proxy in front of the service writes.
//! `cargo run -p replay` plays it through breakers of any tuning.

use std::io::{self, BufWriter, Write};
use std::time::{Duration, SystemTime};

use crate::client::LlmError;
use crate::load::Answer;

/// Writes a line for each call, in the order of their starts. `begun` is the start of the script.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn write(file: impl Write, begun: SystemTime, answers: &[Answer]) -> io::Result<()> {
    let begun = begun.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let mut answers: Vec<_> = answers.iter().collect();
    answers.sort_by_key(|answer| answer.due);
    let mut file = BufWriter::new(file);
    writeln!(file, "time,duration,status")?;
    for Answer { due, latency, outcome } in answers {
        let status = outcome.as_ref().err().map_or(200, status);
        writeln!(file, "{},{},{status}", seconds(begun + *due), seconds(*latency))?;
    }
    file.flush()
}

/// Returns the status that a proxy would answer with.
fn status(error: &LlmError) -> u16 {
    match error {
        LlmError::Status(status) => status.as_u16(),
        LlmError::TimedOut => 504,
        LlmError::Unreachable | LlmError::Other(_) => 502,
    }
}

fn seconds(time: Duration) -> String {
    format!("{}.{:03}", time.as_secs(), time.subsec_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_is_a_line_in_the_order_of_starts() {
        let call = |due, latency, outcome| Answer {
            due: Duration::from_millis(due),
            latency: Duration::from_millis(latency),
            outcome,
        };
        let late = call(1_500, 801, Err(LlmError::TimedOut));
        let early = call(20, 7, Err(LlmError::Unreachable));
        let begun = SystemTime::UNIX_EPOCH + Duration::from_secs(100);
        let mut log = Vec::new();
        write(&mut log, begun, &[late, early]).unwrap();
        let lines = "time,duration,status\n100.020,0.007,502\n101.500,0.801,504\n";
        assert_eq!(String::from_utf8(log).unwrap(), lines);
    }
}
