//! A reader of a stream that works like the page.

use std::collections::{BTreeMap, VecDeque};

use breaker_page::{Body, Page};
use futures_util::FutureExt;
use http::Request;
use http_body_util::BodyExt;
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::LONG;

#[derive(Clone, Debug)]
pub struct Event {
    pub name: String,
    pub data: Value,
}

type Known = BTreeMap<(String, Option<String>), Map<String, Value>>;

pub struct Reader {
    body: Body,
    text: String,
    events: VecDeque<Event>,
    /// The breakers as described by the events so far.
    pub known: Known,
    coming: Option<Known>,
}

impl Reader {
    pub fn open(page: &Page) -> Self {
        let response = super::call(page, Request::get("/events"));
        assert_eq!(response.status(), 200);
        Self::of(response.into_body())
    }

    pub fn of(body: Body) -> Self {
        let (text, events) = (String::new(), VecDeque::new());
        Reader { body, text, events, known: BTreeMap::new(), coming: None }
    }

    /// Returns the next event; `None` at the end of the stream.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.events.pop_front() {
                self.take(&event);
                return Some(event);
            }
            let frame = timeout(LONG, self.body.frame()).await.expect("an event")?;
            self.read(frame.unwrap().into_data().unwrap().to_vec());
        }
    }

    /// Returns the events that are ready.
    pub fn ready(&mut self) -> Vec<Event> {
        while let Some(Some(frame)) = self.body.frame().now_or_never() {
            self.read(frame.unwrap().into_data().unwrap().to_vec());
        }
        let ready: Vec<_> = self.events.drain(..).collect();
        for event in &ready {
            self.take(event);
        }
        ready
    }

    /// Reads until an event of this name comes, and returns it.
    pub async fn until(&mut self, name: &str) -> Event {
        loop {
            let event = self.next().await.expect("no end");
            if event.name == name {
                return event;
            }
        }
    }

    /// Reads to the end of a list.
    pub async fn list(&mut self) {
        while self.until("list").await.data["last"] != true {}
    }

    /// Reads until the known breaker has this value in this field.
    pub async fn until_field(&mut self, name: &str, field: &str, value: impl Into<Value>) {
        let value = value.into();
        while self.get(name).is_none_or(|breaker| breaker[field] != value) {
            self.next().await.expect("no end");
        }
    }

    pub fn get(&self, name: &str) -> Option<&Map<String, Value>> {
        self.known.get(&(name.to_owned(), None))
    }

    fn read(&mut self, bytes: Vec<u8>) {
        self.text.push_str(&String::from_utf8(bytes).unwrap());
        while let Some((block, rest)) = self.text.split_once("\n\n") {
            let mut event = Event { name: String::new(), data: Value::Null };
            for line in block.lines() {
                match line.split_once(": ") {
                    Some(("event", name)) => name.clone_into(&mut event.name),
                    Some(("data", data)) => event.data = serde_json::from_str(data).unwrap(),
                    Some(("", _)) => event.name = "comment".into(),
                    _ => panic!("a line of a stream: {line}"),
                }
            }
            self.events.push_back(event);
            self.text = rest.to_owned();
        }
    }

    /// Takes in an event as PROTOCOL.md says.
    fn take(&mut self, event: &Event) {
        let data = &event.data;
        match event.name.as_str() {
            "list" => {
                if data["first"] == true {
                    self.coming = Some(BTreeMap::new());
                }
                let coming = self.coming.as_mut().expect("a list begins with `first`");
                for breaker in data["breakers"].as_array().unwrap() {
                    coming.insert(id(breaker), breaker.as_object().unwrap().clone());
                }
                if data["last"] == true {
                    self.known = self.coming.take().unwrap();
                }
            }
            "tick" => {
                for breaker in data["changed"].as_array().unwrap() {
                    self.merge(breaker);
                }
                for gone in data["gone"].as_array().unwrap() {
                    self.known.remove(&id(gone));
                }
            }
            "transition" => self.merge(&data["breaker"]),
            _ => {}
        }
    }

    fn merge(&mut self, part: &Value) {
        let is_whole = part.get("config").is_some();
        if let Some(known) = self.known.get_mut(&id(part)) {
            known.extend(part.as_object().unwrap().clone());
        } else if is_whole {
            self.known.insert(id(part), part.as_object().unwrap().clone());
        }
    }
}

fn id(breaker: &Value) -> (String, Option<String>) {
    let name = breaker["name"].as_str().unwrap().to_owned();
    (name, breaker["key"].as_str().map(str::to_owned))
}
