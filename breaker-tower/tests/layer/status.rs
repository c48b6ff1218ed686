//! Answers are judged by their HTTP or gRPC status.

use std::time::Duration;

use breaker_core::{BreakerError, Outcome, Verdict};
use breaker_tower::http::{GrpcOutcomes, grpc_outcomes, http_outcomes};
use breaker_tower::{BoxError, Judge};
use http::{Response, StatusCode};

type Answer<'a> = Result<&'a Response<()>, &'a BoxError>;

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap()
}

#[test]
fn server_errors_timeouts_and_limits_are_failures() {
    for code in 100..=999 {
        let is_failure = matches!(code, 500..=599 | 408 | 429);
        let expected = if is_failure { Outcome::Failure } else { Outcome::Success };
        assert_eq!(http_outcomes().of_status(status(code)), Verdict::from(expected), "{code}");
    }
}

#[test]
fn unauthorized_trips_if_asked_for() {
    let judge = http_outcomes().trip_if_unauthorized();
    let trip = Verdict::from(Outcome::Failure).trip();
    assert_eq!(judge.of_status(status(401)), trip);
    assert_eq!(judge.of_status(status(403)), trip);
    assert_eq!(judge.of_status(status(404)), Outcome::Success.into());
    assert_eq!(judge.of_status(status(429)), Outcome::Failure.into());
}

#[test]
fn client_errors_are_ignored_if_asked_for() {
    let judge = http_outcomes().ignore_client_errors();
    assert_eq!(judge.of_status(status(404)), Outcome::Ignored.into());
    assert_eq!(judge.of_status(status(401)), Outcome::Ignored.into());
    assert_eq!(judge.of_status(status(429)), Outcome::Failure.into());
    assert_eq!(judge.of_status(status(500)), Outcome::Failure.into());
    assert_eq!(judge.of_status(status(302)), Outcome::Success.into());
    let both = judge.trip_if_unauthorized();
    assert_eq!(both.of_status(status(401)), Verdict::from(Outcome::Failure).trip());
}

#[test]
fn error_is_a_failure_and_a_rejection_is_ignored() {
    let breaker = breaker_core::Breaker::new("inner", breaker_core::Config::new());
    breaker.force_open();
    let rejection: BreakerError = breaker.try_acquire().unwrap_err();
    let io = std::io::Error::from(rejection.clone());
    for rejection in [BoxError::from(rejection), BoxError::from(io)] {
        let answer: Answer<'_> = Err(&rejection);
        assert_eq!(http_outcomes().judge(answer), Outcome::Ignored.into());
        assert_eq!(grpc_outcomes().judge(answer), Outcome::Ignored.into());
    }
    let reset = BoxError::from(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
    let answer: Answer<'_> = Err(&reset);
    assert_eq!(http_outcomes().judge(answer), Outcome::Failure.into());
    assert_eq!(grpc_outcomes().judge(answer), Outcome::Failure.into());
}

fn grpc(judge: GrpcOutcomes, code: u16, headers: &[(&'static str, &'static str)]) -> Verdict {
    let mut answer = Response::builder().status(code);
    for (name, value) in headers {
        answer = answer.header(*name, *value);
    }
    let answer: Answer<'_> = Ok(&answer.body(()).unwrap());
    judge.judge(answer)
}

#[test]
fn grpc_status_in_the_headers_is_judged() {
    for code in 0..=20 {
        let is_failure = matches!(code, 4 | 8 | 13 | 14);
        let expected = if is_failure { Outcome::Failure } else { Outcome::Success };
        assert_eq!(grpc_outcomes().of_code(code), expected.into(), "{code}");
    }
    assert_eq!(grpc_outcomes().of_code(u32::MAX), Outcome::Success.into());
    assert_eq!(grpc(grpc_outcomes(), 200, &[("grpc-status", "14")]), Outcome::Failure.into());
    assert_eq!(grpc(grpc_outcomes(), 200, &[("grpc-status", "5")]), Outcome::Success.into());
    assert_eq!(grpc(grpc_outcomes(), 503, &[("grpc-status", "0")]), Outcome::Success.into());
    assert_eq!(grpc(grpc_outcomes(), 200, &[("grpc-status", "ill")]), Outcome::Success.into());
}

#[test]
fn grpc_login_that_has_expired_trips_if_asked_for() {
    let judge = grpc_outcomes().trip_if_unauthenticated();
    let trip = Verdict::from(Outcome::Failure).trip();
    assert_eq!(judge.of_code(16), trip);
    assert_eq!(judge.of_code(7), trip);
    assert_eq!(judge.of_code(14), Outcome::Failure.into());
    assert_eq!(grpc_outcomes().of_code(16), Outcome::Success.into());
}

#[test]
fn grpc_failures_are_the_codes_that_the_program_gives() {
    let judge = grpc_outcomes().failures([10, 14]);
    for code in 0..=20 {
        let is_failure = matches!(code, 10 | 14);
        let expected = if is_failure { Outcome::Failure } else { Outcome::Success };
        assert_eq!(judge.of_code(code), expected.into(), "{code}");
    }
    assert_eq!(grpc(judge, 200, &[("grpc-status", "13")]), Outcome::Success.into());
    assert_eq!(grpc(judge, 200, &[("grpc-status", "10")]), Outcome::Failure.into());
    // A code that gRPC does not know counts as `Unknown`, in `failures` and in an answer.
    for unknown in [grpc_outcomes().failures([2]), grpc_outcomes().failures([99])] {
        for (code, is_failure) in
            [("2", true), ("17", true), ("4000000000", true), ("ill", true), ("14", false)]
        {
            let expected = if is_failure { Outcome::Failure } else { Outcome::Success };
            assert_eq!(grpc(unknown, 200, &[("grpc-status", code)]), expected.into(), "{code}");
        }
    }
    let trips = judge.trip_if_unauthenticated().of_code(16);
    assert_eq!(trips, Verdict::from(Outcome::Failure).trip());
}

#[test]
fn http_status_of_a_proxy_without_a_grpc_status_is_judged() {
    for code in [429, 502, 503, 504] {
        assert_eq!(grpc(grpc_outcomes(), code, &[]), Outcome::Failure.into(), "{code}");
    }
    for code in [200, 400, 401, 404, 500] {
        assert_eq!(grpc(grpc_outcomes(), code, &[]), Outcome::Success.into(), "{code}");
    }
}

#[test]
fn grpc_pushback_is_the_cooldown_of_a_failure() {
    let pushed = |status, pushback| {
        grpc(grpc_outcomes(), 200, &[("grpc-status", status), ("grpc-retry-pushback-ms", pushback)])
    };
    let failure = Verdict::from(Outcome::Failure);
    assert_eq!(pushed("14", "1500"), failure.retry_after(Duration::from_millis(1500)));
    assert_eq!(pushed("14", "-1"), failure);
    assert_eq!(pushed("14", "soon"), failure);
    assert_eq!(pushed("0", "1500"), Outcome::Success.into());
}
