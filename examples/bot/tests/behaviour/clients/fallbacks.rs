//! The fallbacks of services that do not answer.

use std::sync::Arc;

use bot::Guard;
use bot::bot::{Bot, Message};
use bot::client::cat::{self, Keeper};
use bot::client::llm::{self, Model, Reply};
use bot::client::stt::Heard;
use bot::client::{Fact, ServiceError};
use bot::scale;
use bot::service::{Health, Kind};
use breakerbox::{BreakerError, State};

use super::stage::Stage;

fn fact(text: &str) -> Fact {
    Fact { user: 1, text: text.to_owned() }
}

#[tokio::test]
async fn the_cat_recalls_what_it_was_told() {
    let stage = Stage::new();
    let cat = &stage.clients.cat;
    cat::memorize(cat, &fact("likes tea")).await.unwrap();
    cat::memorize(cat, &fact("hates rain")).await.unwrap();
    let memory = cat::recall(cat, 1, "about tea").await.unwrap();
    assert_eq!((memory.by, memory.facts), (Keeper::Cat, vec!["likes tea".to_owned()]));
    assert!(cat::recall(cat, 2, "about tea").await.unwrap().facts.is_empty());
}

#[tokio::test]
async fn without_the_cat_the_bot_recalls_and_the_cat_is_told_later() {
    let stage = Stage::new();
    let cat = &stage.clients.cat;
    cat.local.keep(fact("likes tea"));
    cat.local.keep(Fact { user: 2, text: "grows tea".to_owned() });
    stage.set(Kind::Cat, Health::Refusing);
    // Failed calls are answered as well as rejected ones.
    for _ in 0..6 {
        let memory = cat::recall(cat, 1, "about tea").await.unwrap();
        assert_eq!((memory.by, memory.facts), (Keeper::Bot, vec!["likes tea".to_owned()]));
    }
    cat::memorize(cat, &fact("hates rain")).await.unwrap();
    assert_eq!(cat.local.next_owed(), Some(fact("hates rain")));
}

#[tokio::test]
async fn consolidation_is_told_how_long_the_cat_is_away() {
    let stage = Stage::new();
    stage.set(Kind::Cat, Health::Refusing);
    let bot = Bot::new(stage.services.addresses(), Guard::Breakers).unwrap();
    bot.owe([fact("likes tea")]);
    for _ in 0..3 {
        assert!(matches!(bot.consolidate().await, Err(ServiceError::Unreachable)));
    }
    let error = bot.consolidate().await.unwrap_err();
    assert_eq!(error.retry_after(), Some(scale::seconds(60)), "{error}");
    assert!(matches!(error, ServiceError::Breaker(BreakerError::Open { .. })), "{error}");
    assert_eq!(bot.owed(), 1, "nothing is lost");
}

#[tokio::test]
async fn functions_of_the_cat_share_one_breaker_whichever_runs_first() {
    for first in 0..3 {
        let stage = Stage::new();
        stage.set(Kind::Cat, Health::Refusing);
        let cat = &stage.clients.cat;
        for call in 0..3 {
            match (first + call) % 3 {
                0 => drop(cat::recall(cat, 1, "tea").await),
                1 => drop(cat::memorize(cat, &fact("likes tea")).await),
                _ => drop(cat::consolidate(cat, &fact("likes tea")).await),
            }
        }
        assert_eq!(stage.state("cat"), State::Open, "beginning with {first}");
        assert_eq!(stage.snapshot("cat").cooldown, Some(scale::seconds(60)));
    }
}

#[tokio::test]
async fn the_second_model_stands_in_then_a_canned_reply() {
    let stage = Stage::new();
    let llm = &stage.clients.llm;
    assert_eq!(llm::complete(llm, "hi").await.unwrap().by, Model::Large);

    stage.set(Kind::Llm, Health::Refusing);
    for _ in 0..10 {
        assert_eq!(llm::complete(llm, "hi").await.unwrap().by, Model::Second);
    }
    assert_eq!(stage.state("llm"), State::Open);
    assert_eq!(stage.received(Kind::Second), 10);

    stage.set(Kind::Second, Health::Busy { status: 503, retry_after: 30 });
    for _ in 0..10 {
        let reply = llm::complete(llm, "hi").await.unwrap();
        assert_eq!((reply.by, &*reply.text), (Model::None, Reply::CANNED));
    }
    assert_eq!(stage.state("llm-second"), State::Open);
    assert_eq!(stage.received(Kind::Second), 15, "it has its peace as well");
}

#[tokio::test]
async fn the_bot_declines_politely_what_it_cannot_hear() {
    let stage = Stage::new();
    stage.set(Kind::Stt, Health::Refusing);
    let bot = Bot::new(stage.services.addresses(), Guard::Breakers).unwrap();
    for _ in 0..7 {
        let answer = bot.answer(1, &Message::Sound(b"hello".to_vec())).await.unwrap();
        assert_eq!((&*answer.text, answer.sound), (Heard::REFUSAL, None));
    }
    assert_eq!(stage.received(Kind::Llm), 0);
}

#[tokio::test]
async fn the_bot_without_a_voice_writes() {
    let stage = Stage::new();
    let bot = Bot::new(stage.services.addresses(), Guard::Breakers).unwrap();
    let spoken = Message::Sound(b"hello".to_vec());
    let answer = bot.answer(1, &spoken).await.unwrap();
    assert!(!answer.makeshift);
    assert_eq!(answer.sound.unwrap(), answer.text.as_bytes());

    stage.set(Kind::Voice, Health::Refusing);
    for _ in 0..7 {
        let answer = bot.answer(1, &spoken).await.unwrap();
        assert!(answer.text.contains("hello"), "{}", answer.text);
        assert_eq!((answer.sound, answer.makeshift), (None, true));
    }
}

#[tokio::test]
async fn without_breakers_every_user_waits_for_every_retry() {
    let stage = Stage::new();
    stage.set(Kind::Llm, Health::Busy { status: 503, retry_after: 30 });
    let bot = Arc::new(Bot::new(stage.services.addresses(), Guard::Retries(2)).unwrap());
    for turn in 1..=4 {
        let error = bot.answer(1, &Message::Text("hi".to_owned())).await.unwrap_err();
        assert!(matches!(error, ServiceError::Status { .. }), "{error}");
        assert_eq!(stage.received(Kind::Llm), 3 * turn);
    }
}
