//! `slow_call` under a stream: the time to the first item counts.

use std::sync::Arc;

use breakerbox::FailureKind;
use breakerbox::testing::Scope;

use super::SLOW;
use crate::{ADMITTING, Call, MS, Subject, config, next};

/// Rule 6.
#[test]
fn slow_call_measures_to_the_first_item() {
    let scope = Scope::enter();
    for state in ADMITTING {
        let subject = Subject::new(&scope, state, config().slow_call(SLOW));
        let heard = subject.listen();
        for quit in [false, true] {
            let subject = Subject::of(Arc::clone(&subject.breaker), state);
            heard.lock().unwrap().clear();
            let (service, mut stream) = subject.stream();
            scope.advance(SLOW - MS);
            service.send(Ok(1)).unwrap();
            assert_eq!(next(&mut stream), Some(Ok(1)));
            scope.advance(10 * SLOW);
            // Another caller finds calls that hang.
            let other = subject.breaker.try_acquire();
            drop(other);
            assert_eq!(subject.call(), Call::Out);
            heard.lock().unwrap().clear();
            if !quit {
                drop(service);
                assert_eq!(next(&mut stream), None);
            }
            drop(stream);
            let heard = heard.lock().unwrap();
            assert_eq!((heard.len(), heard[0].slow, heard[0].cancelled), (1, false, quit));
            assert_eq!(heard[0].duration, Some(11 * SLOW - MS), "the length is that of the call");
            if quit {
                assert!(subject.counts_as_nothing());
            } else {
                assert_eq!(subject.call(), Call::Success);
            }
        }
    }
}

/// Rule 6, without anybody who listens.
#[test]
fn stream_that_is_answered_in_time_does_not_hang() {
    let scope = Scope::enter();
    for state in ADMITTING {
        let subject = Subject::new(&scope, state, config().slow_call(SLOW));
        let (service, mut stream) = subject.stream();
        service.send(Ok(1)).unwrap();
        assert_eq!(next(&mut stream), Some(Ok(1)));
        for _ in 0..4 {
            scope.advance(SLOW);
            drop(subject.breaker.try_acquire());
            assert_eq!(subject.call(), Call::Out);
        }
        drop(service);
        assert_eq!(next(&mut stream), None);
        assert_eq!(subject.call(), Call::Success);
        assert_eq!(subject.breaker.totals().failures(FailureKind::Slow), 0);
    }
}

/// Rule 6.
#[test]
fn stream_whose_first_item_is_late_is_slow() {
    let scope = Scope::enter();
    for state in ADMITTING {
        for quit in [false, true] {
            let subject = Subject::new(&scope, state, config().slow_call(SLOW));
            let (service, mut stream) = subject.stream();
            scope.advance(SLOW);
            service.send(Ok(1)).unwrap();
            assert_eq!(next(&mut stream), Some(Ok(1)));
            if !quit {
                drop(service);
                assert_eq!(next(&mut stream), None);
            }
            drop(stream);
            assert_eq!(subject.call(), Call::Failure, "{state:?}, quit: {quit}");
        }
    }
}

/// Rule 6: without an item it hangs, as any call does.
#[test]
fn stream_without_an_item_hangs() {
    let scope = Scope::enter();
    for state in ADMITTING {
        let subject = Subject::new(&scope, state, config().slow_call(SLOW));
        let (service, stream) = subject.stream();
        scope.advance(2 * SLOW);
        drop(subject.breaker.try_acquire());
        assert_eq!(subject.call(), Call::Failure);
        drop((service, stream));
        assert_eq!(subject.breaker.totals().failures(FailureKind::Slow), 1);
    }
}
