//! The pulse of an event loop, and of a plain thread as its control.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};

/// Time between two beats.
pub const BEAT: Duration = Duration::from_millis(10);

/// The times of beats.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<Mutex<Vec<Instant>>>);

impl Pulse {
    /// Beats on the event loop that polls the future, until its drop.
    pub async fn beat(self) {
        let mut ticks = interval(BEAT);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.record();
        }
    }

    fn record(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
    }

    /// Returns the number of beats.
    #[must_use]
    pub fn beats(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Returns the longest delay of a beat.
    #[must_use]
    pub fn longest_stall(&self) -> Duration {
        self.gaps().iter().map(Gap::stall).max().unwrap_or_default()
    }

    /// Returns the longest stall less the machine's share: from each stall, subtracts the longest
    /// stall of the control at that time.
    #[must_use]
    pub fn longest_stall_beyond(&self, control: &Self) -> Duration {
        let controls = control.gaps();
        let own = |gap: &Gap| {
            let meanwhile = controls.iter().filter(|other| other.overlaps(gap));
            let machine = meanwhile.map(Gap::stall).max().unwrap_or_default();
            gap.stall().saturating_sub(machine)
        };
        self.gaps().iter().map(own).max().unwrap_or_default()
    }

    fn gaps(&self) -> Vec<Gap> {
        let beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        beats.windows(2).map(|pair| Gap { from: pair[0], until: pair[1] }).collect()
    }
}

/// The time between two beats.
struct Gap {
    from: Instant,
    until: Instant,
}

impl Gap {
    fn stall(&self) -> Duration {
        (self.until - self.from).saturating_sub(BEAT)
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.from < other.until && other.from < self.until
    }
}

/// A heart that beats on its own thread: only the machine can stall it.
#[derive(Debug)]
pub struct Control {
    pulse: Pulse,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Control {
    /// Starts to beat.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start() -> std::io::Result<Self> {
        let (pulse, over) = (Pulse::default(), Arc::new(AtomicBool::new(false)));
        let (beating, stopped) = (pulse.clone(), Arc::clone(&over));
        let thread = thread::Builder::new().name("control".to_owned()).spawn(move || {
            // The flag of `end` guards no other data, so `Relaxed` is enough.
            while !stopped.load(Ordering::Relaxed) {
                beating.record();
                thread::sleep(BEAT);
            }
        })?;
        Ok(Self { pulse, over, thread: Some(thread) })
    }

    /// Stops and returns the pulse.
    #[must_use]
    pub fn stop(mut self) -> Pulse {
        self.end();
        self.pulse.clone()
    }

    fn end(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // The thread has no code that could panic.
            let _ = thread.join();
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.end();
    }
}
