//! Processes that share a record come back together, whatever happens to them.

use std::sync::Arc;

use breakerbox::{Breaker, Config, Permit, State};
use proptest::prelude::*;

use crate::SECOND;
use crate::processes::Host;

const PROCESSES: usize = 3;

/// A step of a history, with the number of the process that makes it.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A call begins.
    Begin(usize),
    /// The oldest call that is out ends; the second one if `younger`.
    End {
        process: usize,
        younger: bool,
        ending: Ending,
    },
    Pass(u64),
    Look,
    Control(usize, Control),
}

#[derive(Clone, Copy, Debug)]
enum Ending {
    Success,
    Failure,
    Cancelled,
    /// It never ends.
    Lost,
}

#[derive(Clone, Copy, Debug)]
enum Control {
    Reset,
    Open,
    HalfOpen,
    Close,
}

fn step() -> impl Strategy<Value = Step> {
    use Ending::{Cancelled, Failure, Lost, Success};
    let process = || 0..PROCESSES;
    let ending = prop_oneof![
        3 => Just(Success), 5 => Just(Failure), 2 => Just(Cancelled), 1 => Just(Lost),
    ];
    let control = prop_oneof![
        Just(Control::Reset),
        Just(Control::Open),
        Just(Control::HalfOpen),
        Just(Control::Close),
    ];
    prop_oneof![
        8 => process().prop_map(Step::Begin),
        8 => (process(), any::<bool>(), ending)
            .prop_map(|(process, younger, ending)| Step::End { process, younger, ending }),
        4 => prop_oneof![Just(1), Just(4), Just(10), Just(11), Just(30)].prop_map(Step::Pass),
        3 => Just(Step::Look),
        1 => (process(), control).prop_map(|(process, control)| Step::Control(process, control)),
    ]
}

fn run(steps: &[Step], config: Config) -> Host {
    let host = Host::with(PROCESSES);
    let breakers: Vec<Arc<Breaker>> = host
        .processes
        .iter()
        .map(|process| process.scope.registry().get_or_insert("svc", config).unwrap())
        .collect();
    let mut out: Vec<Vec<Permit<Arc<Breaker>>>> = (0..PROCESSES).map(|_| Vec::new()).collect();
    for step in steps {
        match *step {
            Step::Begin(process) => out[process].extend(breakers[process].try_acquire_owned()),
            Step::End { process, younger, ending } => {
                let at = usize::from(younger);
                if at >= out[process].len() {
                    continue;
                }
                let permit = out[process].remove(at);
                match ending {
                    Ending::Success => permit.success(),
                    Ending::Failure => permit.failure(),
                    Ending::Cancelled => drop(permit),
                    Ending::Lost => std::mem::forget(permit),
                }
            }
            Step::Pass(seconds) => host.advance(SECOND * u32::try_from(seconds).unwrap()),
            Step::Look => host.look(),
            Step::Control(process, control) => match control {
                Control::Reset => breakers[process].reset(),
                Control::Open => breakers[process].open(),
                Control::HalfOpen => breakers[process].half_open(),
                Control::Close => breakers[process].close(),
            },
        }
    }
    // The service is well from now on. What is out is lost.
    out.into_iter().flatten().for_each(std::mem::forget);
    host
}

fn assert_all_come_back(host: &Host, success_threshold: u32) {
    for _ in 0..4 * success_threshold {
        host.advance(SECOND * 10);
        host.look();
        for process in &host.processes {
            for _ in 0..=success_threshold {
                if let Ok(permit) = process.breaker().try_acquire() {
                    permit.success();
                }
            }
        }
    }
    host.look();
    assert_eq!(host.states(), [State::Closed; PROCESSES]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn processes_come_back_together_whatever_has_happened(
        steps in prop::collection::vec(step(), 0..80),
        probes in 1..=2_u32,
        success_threshold in 1..=3_u32,
    ) {
        let config = Config::builder().threshold(3).cooldown(SECOND * 10);
        let config = config.probes(probes.into()).success_threshold(success_threshold.into());
        let host = run(&steps, config.build().unwrap());
        assert_all_come_back(&host, success_threshold);
    }
}
