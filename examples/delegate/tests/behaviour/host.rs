//! One process for each question: all share their breakers.

use std::fs;

use delegate::fakes::Mood;

use crate::shell::{Ran, end, start_in};
use crate::world::{Script, until};

/// A configuration with one back end, and the folder that its processes share.
struct Host {
    script: Script,
}

impl Host {
    fn new(cooldown_seconds: f64) -> Self {
        let script = Script::new();
        let for_all = format!(
            "notifications_file = \"notices.jsonl\"\nbreaker_cooldown_seconds = {cooldown_seconds:?}"
        );
        script.write(&for_all, "").unwrap();
        script.stage.set("gemini", Mood::ExpiredLogin).unwrap();
        Self { script }
    }

    fn start(&self, args: &[&str]) -> tokio::process::Child {
        let config = self.script.path();
        let all = ["--config", config.to_str().unwrap()].into_iter().chain(args.iter().copied());
        start_in(&self.script.folder.path().join("state"), all)
    }

    async fn run(&self, args: &[&str]) -> Ran {
        end(self.start(args)).await
    }

    async fn ask(&self) -> Ran {
        self.run(&["ask", "-b", "gemini", "hi"]).await
    }

    fn starts(&self) -> usize {
        self.script.stage.starts("gemini").unwrap().len()
    }

    fn notices(&self) -> usize {
        let file = self.script.folder.path().join("notices.jsonl");
        fs::read_to_string(file).unwrap_or_default().lines().count()
    }

    /// Asks until the breaker is open.
    async fn trip(&self) {
        for _ in 0..3 {
            assert_eq!(self.ask().await.code, Some(1));
        }
    }

    /// Returns the back end's row.
    async fn status(&self) -> String {
        let ran = self.run(&["status"]).await;
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let row = ran.out.lines().find(|line| line.starts_with("gemini")).unwrap();
        row.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

fn is_degraded(ran: &Ran) -> bool {
    ran.out.starts_with("[delegate:degraded]")
}

#[tokio::test]
async fn hundred_processes_trip_once_and_warn_once() {
    const AT_ONCE: usize = 10;
    let host = Host::new(3_600.0);
    let (mut degraded, mut warned) = (0, 0);
    for _ in 0..100 / AT_ONCE {
        let children: Vec<_> =
            (0..AT_ONCE).map(|_| host.start(&["ask", "-b", "gemini", "hi"])).collect();
        for child in children {
            let ran = end(child).await;
            degraded += usize::from(is_degraded(&ran));
            warned += usize::from(ran.err.contains("warning: gemini does not answer"));
        }
    }
    // The failures that open the breaker, and calls under way with the last one.
    assert!((3..3 + AT_ONCE).contains(&host.starts()), "{} starts", host.starts());
    assert_eq!(degraded, 100 - host.starts());
    assert_eq!((host.notices(), warned), (1, 1));
}

#[tokio::test]
async fn one_process_probes_and_the_others_are_told_to_wait() {
    let host = Host::new(0.5);
    host.trip().await;
    assert!(is_degraded(&host.ask().await) || host.starts() > 3);
    // The next probe is held until the mood changes.
    host.script.stage.set("gemini", Mood::Hold).unwrap();
    let before = host.starts();
    let mut prober = None;
    while prober.is_none() {
        let mut child = host.start(&["ask", "-b", "gemini", "hi"]);
        until("its end or its probe", || {
            host.starts() > before || child.try_wait().unwrap().is_some()
        })
        .await;
        prober = (host.starts() > before).then_some(child);
    }
    let others: Vec<_> = (0..20).map(|_| host.start(&["ask", "-b", "gemini", "hi"])).collect();
    for other in others {
        let ran = end(other).await;
        assert!(is_degraded(&ran), "{ran:?}");
    }
    assert_eq!(host.starts(), before + 1);
    host.script.stage.set("gemini", Mood::Answer).unwrap();
    let ran = end(prober.unwrap()).await;
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "[delegate:gemini] gemini has read: hi\n"));
    assert_eq!(host.status().await, "gemini closed 0 of 3 -");
    assert_eq!(host.notices(), 1);
}

#[tokio::test]
async fn status_and_reset_work_from_the_shell() {
    let host = Host::new(3_600.0);
    assert_eq!(host.status().await, "gemini closed 0 of 3 -");
    host.ask().await;
    assert_eq!(host.status().await, "gemini closed 1 of 3 -");
    host.ask().await;
    host.ask().await;
    let status = host.status().await;
    assert!(status.starts_with("gemini open 3 of 3 in "), "{status}");
    assert!(is_degraded(&host.ask().await));

    host.script.stage.set("gemini", Mood::Answer).unwrap();
    let ran = host.run(&["reset", "gemini"]).await;
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "gemini was open, is closed now\n"));
    assert_eq!(host.status().await, "gemini closed 0 of 3 -");
    assert_eq!(host.ask().await.out, "[delegate:gemini] gemini has read: hi\n");
}

#[cfg(unix)]
#[tokio::test]
async fn reset_that_others_do_not_hear_of_fails() {
    let host = Host::new(3_600.0);
    host.trip().await;
    let state = host.script.folder.path().join("state");
    let record = records(&state).pop().unwrap();
    let locked = fs::File::open(&record).unwrap();
    rustix::fs::flock(&locked, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let ran = host.run(&["reset", "gemini"]).await;
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
    assert!(
        ran.err.contains("gemini is as it was for other processes: another process"),
        "{ran:?}"
    );
    drop(locked);
    assert!(host.status().await.starts_with("gemini open"));
    assert_eq!(host.run(&["reset", "gemini"]).await.out, "gemini was open, is closed now\n");
}

/// The files of all records in a folder.
#[cfg(unix)]
fn records(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let inside = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    inside.flat_map(|path| if path.is_dir() { records(&path) } else { vec![path] }).collect()
}
