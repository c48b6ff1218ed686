//! Plays a history, on the breakers and on their models.

mod calls;

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Event, Isolation, Snapshot, Subscription};
use proptest::prelude::*;

use crate::action::{Action, Control, KEYS, Setup, Target};
use crate::instance::{Instance, Played};
use crate::overrides::Overrides;
use crate::reference::Model;
use crate::subject::{self, Call, Functions, show};
use crate::tuning::{FOREVER, NONE, Params, TABLE, Tuning, time};

struct UnderWay {
    instance: usize,
    id: usize,
    call: Call,
    fails_on_cancel: bool,
}

struct Handle {
    instance: usize,
    episode: u64,
    isolation: Isolation<Arc<Breaker>>,
}

pub(crate) struct History {
    setup: Setup,
    scope: Scope,
    overrides: Overrides,
    /// The breakers of the history, those that have been removed as well.
    instances: Vec<Instance>,
    /// Which of them are those of the name and of the keys now.
    plain: Option<usize>,
    keys: [Option<usize>; KEYS.len()],
    own: usize,
    /// The function by name has been called.
    is_declared: bool,
    calls: Vec<UnderWay>,
    last_id: usize,
    handles: Vec<Handle>,
    saved: Vec<Snapshot>,
    events: Arc<Mutex<Vec<Event>>>,
    _listener: Option<Subscription>,
    /// The breaker that this step is about.
    acting: Option<usize>,
    /// The time on the clock before it.
    before: u64,
}

impl History {
    pub(crate) fn new(setup: &Setup) -> Self {
        let scope = Scope::enter();
        let events = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&events);
        let listen = move |event: &Event| log.lock().unwrap().push(event.clone());
        let listener = setup.listens.then(|| scope.registry().on_event(listen));
        let config = setup.own.builder().build().unwrap();
        let own = scope.registry().get_or_insert("own", config).unwrap();
        let early = setup.early.then(|| scope.registry().breaker("plain").unwrap());
        let mut history = History {
            setup: setup.clone(),
            scope,
            overrides: Overrides::default(),
            instances: Vec::new(),
            plain: None,
            keys: [None; KEYS.len()],
            own: 0,
            is_declared: false,
            calls: Vec::new(),
            last_id: 0,
            handles: Vec::new(),
            saved: Vec::new(),
            events,
            _listener: listener,
            acting: None,
            before: 0,
        };
        history.add(own, setup.own.tuning());
        history.plain = early.map(|breaker| history.add(breaker, NONE.tuning()));
        history
    }

    fn add(&mut self, breaker: Arc<Breaker>, tuning: Tuning) -> usize {
        let instance = Instance::new(breaker, tuning, self.before);
        self.instances.push(instance);
        self.instances.len() - 1
    }

    /// Plays what a breaker has done on its models.
    fn act<R: PartialEq + Debug>(
        &mut self,
        at: usize,
        found: &R,
        operation: impl Fn(&mut Model) -> R,
    ) -> Played {
        self.acting = Some(at);
        self.instances[at].play(found, operation)
    }

    fn clock(&self) -> u64 {
        u64::try_from(self.scope.clock().elapsed().as_nanos()).unwrap()
    }

    fn instance(&self, target: Target) -> Option<usize> {
        match target {
            Target::Plain => self.plain,
            Target::Key(key) => self.keys[key],
            Target::Own => Some(self.own),
        }
    }

    fn functions(&self, target: Target) -> &'static Functions {
        let tuning = if target == Target::Plain { self.setup.plain } else { self.setup.keyed };
        &subject::ALL[tuning]
    }

    /// Returns the parameters in force for a breaker that is made, or tuned, by its declaration.
    fn in_force(&self, target: Target) -> Params {
        let declared = match target {
            Target::Plain if self.is_declared => TABLE[self.setup.plain],
            Target::Plain => NONE,
            Target::Key(_) => TABLE[self.setup.keyed],
            Target::Own => self.setup.own,
        };
        self.overrides.over(target).or(declared)
    }

    pub(crate) fn play(&mut self, action: &Action) -> Played {
        self.acting = None;
        self.before = self.clock();
        match action {
            Action::Start(target, route) => self.start(*target, *route)?,
            Action::Finish(index, end) if !self.calls.is_empty() => self.finish(*index, *end)?,
            Action::Forget(index) if !self.calls.is_empty() => {
                std::mem::forget(self.calls.swap_remove(index.index(self.calls.len())).call);
            }
            Action::Call(target, end, takes) => self.call(*target, *end, *takes)?,
            Action::Advance(ms) => self.advance(*ms)?,
            Action::ToEnd(target, after) => {
                if let Some(at) = self.instance(*target) {
                    let left = self.instances[at].breaker.snapshot().remaining_cooldown;
                    let left = left.map_or(0, subject::ms);
                    self.advance((left + after).saturating_sub(1))?;
                }
            }
            Action::Control(target, control) => {
                if let Some(at) = self.instance(*target) {
                    self.control(at, control)?;
                }
            }
            Action::Release(index) if !self.handles.is_empty() => {
                let handle = self.handles.swap_remove(index.index(self.handles.len()));
                drop(handle.isolation);
                let release = |model: &mut Model| model.release(handle.episode);
                self.act(handle.instance, &(), release)?;
            }
            Action::Save(target) => {
                let breaker = self.instance(*target).map(|at| &self.instances[at].breaker);
                self.saved.extend(breaker.map(|breaker| breaker.snapshot()));
            }
            Action::Override(over, params) => {
                self.overrides.lay(self.scope.registry(), *over, *params);
                for target in over.targets() {
                    self.tune(target)?;
                }
            }
            Action::Remove(target) => self.remove(*target)?,
            Action::Finish(..) | Action::Forget(_) | Action::Release(_) => {}
        }
        self.compare()
    }

    fn compare(&mut self) -> Played {
        // One breaker at most has done anything.
        let told = std::mem::take(&mut *self.events.lock().unwrap());
        let told = self.setup.listens.then_some(&*told);
        for (at, instance) in self.instances.iter_mut().enumerate() {
            let acts = self.acting == Some(at);
            instance.compare(told.map(|told| if acts { told } else { &[] }))?;
        }
        Ok(())
    }

    /// Gives the breaker of the target, if there is one, what is in force now.
    fn tune(&mut self, target: Target) -> Played {
        let tuning = self.in_force(target).tuning();
        let is_listed = |at: &usize| !self.instances[*at].is_removed;
        let Some(at) = self.instance(target).filter(is_listed) else { return Ok(()) };
        self.act(at, &(), |model| model.reconfigure(tuning))
    }

    /// Returns a step of the clock that does not go beyond its last moment, after 34 years.
    fn step(&self, ms: u64) -> u64 {
        ms.min(FOREVER - 1 - self.clock() / 1_000_000)
    }

    fn advance(&mut self, ms: u64) -> Played {
        let ms = self.step(ms);
        self.scope.advance(time(ms));
        self.advance_models(ms)
    }

    fn advance_models(&mut self, ms: u64) -> Played {
        let nanos = ms.saturating_mul(1_000_000);
        self.instances.iter_mut().try_for_each(|at| at.play(&(), |model| model.advance(nanos)))
    }

    fn control(&mut self, at: usize, control: &Control) -> Played {
        let breaker = &self.instances[at].breaker;
        match *control {
            Control::ForceOpen => breaker.force_open(),
            Control::Isolate => {
                let isolation = breaker.isolate_owned();
                let episode = breaker.snapshot().episode;
                self.handles.push(Handle { instance: at, episode, isolation });
                return self.act(at, &episode, Model::isolate);
            }
            Control::Open => breaker.open(),
            Control::OpenFor(length) => breaker.open_for(time(length)),
            Control::HalfOpen => breaker.half_open(),
            Control::Close => breaker.close(),
            Control::Disable => breaker.disable(),
            Control::Observe => breaker.observe(),
            Control::Reset => breaker.reset(),
            Control::Reconfigure(params) => {
                breaker.reconfigure(params.builder().build().unwrap());
                let tuning = params.tuning();
                return self.act(at, &(), |model| model.reconfigure(tuning));
            }
            Control::Restore(index) => {
                if self.saved.is_empty() {
                    return Ok(());
                }
                let saved = index.get(&self.saved);
                breaker.restore(saved);
                let saved = show(saved, false);
                return self.act(at, &(), |model| model.restore(&saved));
            }
        }
        self.act(at, &(), |model| match *control {
            Control::ForceOpen => model.force_open(),
            Control::Open => model.open_by_hand(),
            Control::OpenFor(length) => model.open_for(length),
            Control::HalfOpen => model.half_open(),
            Control::Close => model.close(),
            Control::Disable => model.disable(),
            Control::Observe => model.observe(),
            _ => model.reset(),
        })
    }

    fn remove(&mut self, target: Target) -> Played {
        let registry = self.scope.registry();
        let removed = match target {
            Target::Plain => registry.remove("plain"),
            Target::Key(key) => registry.remove_key("keyed", KEYS[key]),
            Target::Own => registry.remove("own"),
        };
        let Some(at) = self.instance(target) else {
            prop_assert!(removed.is_none());
            return Ok(());
        };
        match target {
            Target::Plain => self.plain = None,
            Target::Key(key) => self.keys[key] = None,
            // Its function has it, and so it is called on.
            Target::Own => {}
        }
        prop_assert_eq!(removed.is_none(), self.instances[at].is_removed);
        if removed.is_some() {
            self.instances[at].is_removed = true;
            self.act(at, &(), Model::remove)?;
        }
        Ok(())
    }
}
