//! Plays a case against the crate, step by step.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::{Arc, Barrier};
use std::thread;

use breakerbox::{Breaker, Clock, Isolation, ManualClock, Permit, Registry, RegistryError};

use crate::action::{Action, Ending, Manual};
use crate::case::{Case, Header};
use crate::linked::Alone;
use crate::subject::{Form, Reply, Subject};
use crate::{tuning, verdict};

/// A claim that did not hold.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) step: usize,
    pub(crate) wanted: String,
    pub(crate) got: String,
}

/// The results of the actions of one step, so far.
#[derive(Debug, Default)]
pub(crate) struct Moment {
    /// True if the last call was admitted. `None` before any call.
    pub(crate) admitted: Option<bool>,
    pub(crate) reply: Option<Reply>,
    /// The calls of the last `par` that were let in, and those that were not.
    pub(crate) crowd: Option<[usize; 2]>,
    pub(crate) error: Option<String>,
    pub(crate) built: bool,
}

/// An admitted call and the breaker it goes through.
type Call = (Arc<Subject>, Permit<Arc<Breaker>>);

pub(crate) struct Player {
    pub(crate) registry: Registry,
    hand: ManualClock,
    header: Header,
    form: Form,
    /// True if breakers get a window to read counts off.
    measures: bool,
    subjects: Vec<Arc<Subject>>,
    current: Option<Arc<Subject>>,
    calls: BTreeMap<String, Call>,
    crowd: Vec<Call>,
    /// By the position of the breaker and the handle's name.
    isolations: BTreeMap<(usize, String), Isolation<Arc<Breaker>>>,
}

/// Plays the whole case, up to the first thing that does not hold.
pub(crate) fn play(case: &Case, form: Form, linked: bool) -> Result<(), Failure> {
    let (clock, hand) = Clock::manual();
    let registry = Registry::with_clock(clock);
    if linked {
        Alone::link(&registry);
    }
    let mut player = Player {
        registry,
        hand,
        header: case.header.overridden(),
        form,
        measures: case.reads_window(),
        subjects: Vec::new(),
        current: None,
        calls: BTreeMap::new(),
        crowd: Vec::new(),
        isolations: BTreeMap::new(),
    };
    let failure = |step, wanted: &str, got| Failure { step, wanted: wanted.to_owned(), got };
    if !case.is_of_config() {
        let name = player.header.get("name").unwrap_or("main").to_owned();
        let made = player.use_name(&name, &[]);
        let made = made.and_then(|error| error.map_or(Ok(()), |error| Err(error.to_owned())));
        made.map_err(|error| failure(0, "a breaker", format!("error={error}")))?;
    }
    for (number, step) in (1..).zip(&case.steps) {
        let mut moment = Moment::default();
        for (text, action) in &step.actions {
            let done = player.act(action, &mut moment);
            done.map_err(|got| failure(number, &format!("`{text}` to run"), got))?;
        }
        for (text, claim) in &step.claims {
            if let Some(got) = verdict::contradiction(claim, &player, &moment) {
                return Err(failure(number, &format!("`{text}`"), got));
            }
        }
    }
    Ok(())
}

impl Player {
    pub(crate) fn current(&self) -> Result<&Arc<Subject>, String> {
        self.current.as_ref().ok_or_else(|| "no breaker, in a case of `kind=config`".to_owned())
    }

    fn act(&mut self, action: &Action, moment: &mut Moment) -> Result<(), String> {
        match action {
            Action::Call { ending, times, admitted } => {
                for _ in 0..*times {
                    let made = self.current()?.call(ending);
                    (moment.admitted, moment.reply) = (Some(made.admitted), Some(made.reply));
                    must(made.admitted || !admitted)?;
                }
            }
            Action::Start { call, admitted } => {
                let subject = Arc::clone(self.current()?);
                let permit = subject.start();
                moment.admitted = Some(permit.is_some());
                match permit {
                    Some(permit) => drop(self.calls.insert(call.clone(), (subject, permit))),
                    None => moment.reply = Some(subject.fall_back()),
                }
                must(moment.admitted == Some(true) || !admitted)?;
            }
            Action::End { call, ending } => {
                let made = self.calls.remove(call).ok_or("a call that was not admitted")?;
                self.hand.advance(ending.took);
                moment.reply = Some(made.0.finish(made.1, ending));
            }
            Action::Par(count) => moment.crowd = Some(self.start_crowd(*count)?),
            Action::Join(ending) => {
                self.hand.advance(ending.took);
                moment.reply = finish_crowd(std::mem::take(&mut self.crowd), ending);
            }
            Action::Storm { threads, calls, mix } => {
                storm(self.current()?, *threads, *calls, mix);
            }
            Action::Advance(time) => self.hand.advance(*time),
            // Nothing to do: there is no way for it to reach a breaker.
            Action::Wall => {}
            Action::Manual(_)
            | Action::OpenFor(_)
            | Action::Isolate(_)
            | Action::Release(_)
            | Action::Poll
            | Action::Clear
            | Action::Listener(_) => self.control(action)?,
            Action::Use { name, settings } => {
                moment.error = self.use_name(name, settings)?.map(str::to_owned);
            }
            Action::Remove(name) => drop(self.registry.remove(name)),
            Action::Build => {
                moment.error = tuning::check(&self.header).err();
                moment.built = moment.error.is_none();
            }
            Action::Shared | Action::Restored => return Err("not supported".to_owned()),
        }
        Ok(())
    }

    /// Acts on the present breaker itself.
    fn control(&mut self, action: &Action) -> Result<(), String> {
        let subject = Arc::clone(self.current()?);
        let breaker = &subject.breaker;
        let key = |handle: &String| {
            let is_it = |other: &Arc<Subject>| Arc::ptr_eq(other, &subject);
            (self.subjects.iter().position(is_it).unwrap_or_default(), handle.clone())
        };
        match action {
            Action::Manual(Manual::Open) => subject.open(),
            Action::Manual(Manual::Close | Manual::Enable) => breaker.close(),
            Action::Manual(Manual::HalfOpen) => breaker.half_open(),
            Action::Manual(Manual::ForceOpen) => breaker.force_open(),
            Action::Manual(Manual::Disable) => breaker.disable(),
            Action::Manual(Manual::MetricsOnly) => breaker.observe(),
            Action::Manual(Manual::Reset) => breaker.reset(),
            Action::OpenFor(time) => breaker.open_for(*time),
            Action::Isolate(handle) => {
                // A handle that is taken twice is one handle: the earlier goes as the new comes.
                drop(self.isolations.insert(key(handle), breaker.isolate_owned()));
            }
            Action::Release(handle) => drop(self.isolations.remove(&key(handle))),
            Action::Poll => {
                let _ = (breaker.state(), breaker.snapshot(), breaker.is_call_permitted());
            }
            Action::Clear => subject.clear(),
            Action::Listener(reaction) => subject.listen(*reaction),
            _ => unreachable!("the other actions are not about the breaker itself"),
        }
        Ok(())
    }

    /// Gets the breaker of that name or makes it, with these settings over those
    /// of the case. Says whether the registry objects.
    fn use_name(
        &mut self,
        name: &str,
        settings: &[(String, String)],
    ) -> Result<Option<&'static str>, String> {
        let known = self.registry.get(name);
        if let (Some(breaker), true) = (&known, settings.is_empty()) {
            let header = self.header.clone();
            self.adopt(breaker, header);
            return Ok(None);
        }
        let known = known.and_then(|breaker| self.find(&breaker));
        let mut header = known.map_or_else(|| self.header.clone(), |known| known.header.clone());
        for (key, value) in settings {
            header.set(key, value);
        }
        let config = tuning::of_run(&header.overridden(), self.measures)?;
        match self.registry.get_or_insert(name, config) {
            Ok(breaker) => {
                self.adopt(&breaker, header.overridden());
                Ok(None)
            }
            Err(RegistryError::Name(_)) => Ok(Some("name")),
            Err(RegistryError::Conflict(_)) => {
                let breaker = self.registry.get(name).ok_or("no breaker after a conflict")?;
                self.adopt(&breaker, header);
                Ok(Some("name_conflict"))
            }
            Err(error) => Err(error.to_string()),
        }
    }

    fn find(&self, breaker: &Arc<Breaker>) -> Option<Arc<Subject>> {
        let is_it = |subject: &&Arc<Subject>| Arc::ptr_eq(&subject.breaker, breaker);
        self.subjects.iter().find(is_it).map(Arc::clone)
    }

    /// Makes a breaker the present one; observes it, if it is a new one.
    fn adopt(&mut self, breaker: &Arc<Breaker>, header: Header) {
        let subject = self.find(breaker).unwrap_or_else(|| {
            let (breaker, hand) = (Arc::clone(breaker), self.hand.clone());
            let subject = Arc::new(Subject::new(breaker, header, hand, self.form));
            self.subjects.push(Arc::clone(&subject));
            subject
        });
        self.current = Some(subject);
    }

    fn start_crowd(&mut self, count: usize) -> Result<[usize; 2], String> {
        let subject = Arc::clone(self.current()?);
        let gate = Barrier::new(count);
        let permits: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..count)
                .map(|_| {
                    scope.spawn(|| {
                        gate.wait();
                        subject.start()
                    })
                })
                .collect();
            threads.into_iter().map(join).collect()
        });
        let admitted = permits.iter().flatten().count();
        let calls = permits.into_iter().flatten().map(|permit| (Arc::clone(&subject), permit));
        self.crowd.extend(calls);
        Ok([admitted, count - admitted])
    }
}

/// Ends them all at once, each on a thread.
fn finish_crowd(crowd: Vec<Call>, ending: &Ending) -> Option<Reply> {
    let gate = Barrier::new(crowd.len());
    let gate = &gate;
    thread::scope(|scope| {
        let finish = |(subject, permit): Call| {
            scope.spawn(move || {
                gate.wait();
                subject.finish(permit, ending)
            })
        };
        let threads: Vec<_> = crowd.into_iter().map(finish).collect();
        threads.into_iter().map(join).last()
    })
}

/// Makes calls from several threads, beginning at once. All together, their
/// endings take turns.
fn storm(subject: &Arc<Subject>, threads: usize, calls: usize, mix: &[Ending]) {
    let gate = Barrier::new(threads);
    let gate = &gate;
    thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                gate.wait();
                for call in thread * calls..(thread + 1) * calls {
                    subject.call(&mix[call % mix.len()]);
                }
            });
        }
    });
}

/// A panic that is not planned goes on, and ends the case.
fn join<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|payload| resume_unwind(payload))
}

fn must(admitted: bool) -> Result<(), String> {
    if admitted { Ok(()) } else { Err("a rejection".to_owned()) }
}
