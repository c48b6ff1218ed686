//! Bodies of server-sent events, whose readers stop at the last event and not at the end.

use breaker_core::testing::Scope;
use breaker_tower::Until;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};

use crate::body::Step::{self, Data, Wait};
use crate::body::{CANCELLED, FAILURE, SUCCESS, answered, counts, frame, http};

const EVENTS: &str = "text/event-stream";
const CHUNK: Step = Data("data: {\"choices\":[{\"delta\":{\"content\":\"[DONE] error\"}}]}\n\n");

/// Reads the frames of a body up to its wait, drops it, and returns the counts of the call.
fn read(until: Until, content_type: &'static str, frames: &[Step]) -> [u64; 4] {
    let scope = Scope::enter();
    let script = crate::body::Script(frames.iter().copied().chain([Wait]).collect());
    let mut answer = Response::new(script);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    let mut body = answered(&http(until), answer).into_body();
    for _ in frames {
        drop(frame(&mut body).unwrap());
    }
    drop(body);
    counts(&scope)
}

#[test]
fn last_event_of_a_reply_is_its_end() {
    let ends: [&[Step]; 7] = [
        &[CHUNK, Data("data: [DONE]\n\n")],
        &[CHUNK, Data("data:[DONE]\n")],
        &[Data("data: one\r\n\r\ndata: [DONE]\r\n\r\n")],
        &[CHUNK, Data("da"), Data("ta: [DO"), Data("NE]"), Data("\n\n")],
        &[CHUNK, Data("\ndata: [DONE]\n"), Data("\n")],
        &[Data("event: error-free\ndata: [DONE]\n\n")],
        &[CHUNK, Data("data: [DONE]\n\n"), Data("event: error\n\n")],
    ];
    for frames in ends {
        assert_eq!(read(Until::End, EVENTS, frames), SUCCESS, "{frames:?}");
        assert_eq!(read(Until::End, "Text/Event-Stream; charset=utf-8", frames), SUCCESS);
    }
}

#[test]
fn error_event_is_a_failure() {
    let fails: [&[Step]; 5] = [
        &[CHUNK, Data("event: error\ndata: {\"type\":\"overloaded_error\"}\n\n")],
        &[CHUNK, Data("event:er"), Data("ror\n")],
        &[CHUNK, Data("data: {\"error\":{\"message\":\"overloaded\"}}\n\n")],
        &[CHUNK, Data("data: { \"error\": { \"message\": \"overloaded\" } }\n\n")],
        &[CHUNK, Data("event: error\n\n"), Data("data: [DONE]\n\n")],
    ];
    for frames in fails {
        assert_eq!(read(Until::End, EVENTS, frames), FAILURE, "{frames:?}");
    }
}

#[test]
fn other_lines_say_nothing() {
    let others: [&[Step]; 7] = [
        &[CHUNK],
        &[CHUNK, Data("data: [DONE]")],
        &[Data("data: [DONE] and more\n")],
        &[Data(": data: [DONE]\n")],
        &[Data("x"), Data("data: [DONE]\n")],
        &[Data("event: errors\n")],
        &[Data("data: {\"error\":null}\n\n")],
    ];
    for frames in others {
        assert_eq!(read(Until::End, EVENTS, frames), CANCELLED, "{frames:?}");
    }
    assert_eq!(read(Until::End, "text/plain", &[Data("data: [DONE]\n\n")]), CANCELLED);
    assert_eq!(read(Until::End, "application/json", &[Data("event: error\n\n")]), CANCELLED);
}

#[test]
fn first_byte_ends_a_feed_of_events_whatever_it_is() {
    assert_eq!(read(Until::FirstByte, EVENTS, &[Data("event: error\n\n")]), SUCCESS);
}
