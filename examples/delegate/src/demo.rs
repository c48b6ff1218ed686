//! An outage, played by fakes, and told as it happens.

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use futures_util::future::{join, join_all};
use tokio::time::{Instant, sleep};

use crate::answer::seconds;
use crate::backend::breaker_of;
use crate::config::COOLDOWN;
use crate::delegate::Delegate;
use crate::fakes::{Fakes, Mood};

pub mod comparison;

/// The factor by which time runs faster than in the story.
pub const FACTOR: u32 = 100;
/// The timeout of a call in the story.
pub const PATIENCE: Duration = Duration::from_secs(90);

type Played = Result<(), Box<dyn Error>>;

/// Plays the outage, then compares 100 calls with and without a breaker. `executable` is this
/// program, which plays the back ends.
///
/// # Errors
/// The stage cannot be set, or nobody reads `out`.
pub async fn play(executable: &Path, out: &mut impl Write) -> Played {
    let fakes = Fakes::start(executable).await?;
    let (cooldown, timeout) = (COOLDOWN / FACTOR, PATIENCE / FACTOR);
    writeln!(out, "Time runs {FACTOR} times as fast as in the story.")?;
    let (hang, rest) = (seconds(timeout), seconds(cooldown));
    writeln!(out, "A call may take {hang} here, which stands for {}.", seconds(PATIENCE))?;
    writeln!(out, "3 failures in a row open a breaker for {rest}: {}.", seconds(COOLDOWN))?;

    let delegate = Delegate::new(fakes.config(cooldown, timeout))?;
    let mut play = Play { out, delegate, fakes, begun: Instant::now(), shown: 0 };
    play.fall().await?;
    play.recover().await?;
    let Play { out, fakes, .. } = play;

    writeln!(out, "\nNow 100 calls of a back end that hangs, with a breaker and without.")?;
    let comparison = comparison::compare(&fakes, cooldown, timeout).await?;
    writeln!(out, "\n{comparison}")?;
    Ok(())
}

struct Play<'o, W> {
    out: &'o mut W,
    delegate: Delegate,
    fakes: Fakes,
    begun: Instant,
    /// The number of notices shown.
    shown: usize,
}

impl<W: Write> Play<'_, W> {
    /// Lets one back end after the other fall ill.
    async fn fall(&mut self) -> Played {
        self.title("All are well.")?;
        self.ask("auto", 1).await?;
        self.title("gemini hangs.")?;
        self.fakes.stage.set("gemini", Mood::Hang)?;
        self.ask("auto", 4).await?;
        self.title("The login of codex expires.")?;
        self.fakes.stage.set("codex", Mood::ExpiredLogin)?;
        self.ask("auto", 4).await?;
        self.title("claude dies by a signal.")?;
        self.fakes.stage.set("claude", Mood::Die)?;
        self.ask("auto", 4).await?;
        self.title("Who asks for claude and no other is told when to come back.")?;
        self.ask("claude", 1).await?;
        writeln!(self.out, "\n{}", self.delegate.status())?;
        Ok(())
    }

    /// gemini recovers by cooldown, codex by hand.
    async fn recover(&mut self) -> Played {
        self.title("gemini is well again. After its cooldown 20 callers come at once.")?;
        // gemini answers once all have asked, or the probe could end before the second call.
        self.fakes.stage.set("gemini", Mood::Hold)?;
        let breaker = breaker_of("gemini").ok_or("no breaker")?;
        while !breaker.is_call_permitted() {
            sleep(Duration::from_millis(10)).await;
        }
        let callers = (0..20).map(|_| self.delegate.ask("gemini", "Are you back?"));
        let answer = async { self.fakes.stage.set("gemini", Mood::Answer) };
        let (answers, answered) = join(join_all(callers), answer).await;
        answered?;
        let degraded = answers.iter().flatten().filter(|answer| answer.is_degraded()).count();
        // Not the fake's own count of starts: a fake may be killed before it counts.
        let probes = answers.len() - degraded;
        let line = format!("{probes} was let through as a probe, {degraded} were degraded at once");
        self.tell(&line)?;
        self.ask("auto", 1).await?;

        self.title("codex is logged in again, and its breaker is reset by hand.")?;
        self.fakes.stage.set("codex", Mood::Answer)?;
        self.delegate.reset("codex")?;
        self.ask("codex", 1).await?;
        writeln!(self.out, "\n{}", self.delegate.status())?;
        let notices = std::fs::read_to_string(self.fakes.notices())?;
        let count = notices.lines().count();
        writeln!(self.out, "\n{count} warnings in the store, one for each trip.")?;
        Ok(())
    }

    async fn ask(&mut self, whom: &str, times: usize) -> Played {
        for _ in 0..times {
            let outcome = self.delegate.ask(whom, "What is a circuit breaker?").await;
            for notice in self.delegate.notices().since(self.shown) {
                self.shown += 1;
                self.tell(&format!("  warning: {}", notice.message))?;
            }
            match outcome {
                Ok(answer) => {
                    if !answer.is_degraded() {
                        for passed in &answer.passed_over {
                            self.tell(&format!("  {passed}"))?;
                        }
                    }
                    self.tell(&answer.to_string())?;
                }
                Err(error) => self.tell(&error.to_string())?,
            }
        }
        Ok(())
    }

    fn title(&mut self, text: &str) -> Played {
        Ok(writeln!(self.out, "\n{text}")?)
    }

    fn tell(&mut self, text: &str) -> Played {
        let at = self.begun.elapsed().as_secs_f64();
        Ok(writeln!(self.out, "{at:7.2} s  {text}")?)
    }
}
