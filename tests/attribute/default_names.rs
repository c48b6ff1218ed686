//! Functions without a name: each has a breaker of its own, named by its whole path.

use async_trait::async_trait;
use breakerbox::testing::Scope;
use breakerbox::{Config, ConflictKind, Name, State, circuit_breaker};

use crate::{DOWN, Reply, now};

fn names(scope: &Scope) -> Vec<String> {
    scope.registry().iter().map(|breaker| breaker.name().to_string()).collect()
}

/// Asserts that the calls name their breakers so, each a breaker of its own. `~` stands for the
/// path of this module.
fn named<const N: usize>(calls: [&dyn Fn(Reply) -> Reply; N], wanted: [&str; N]) {
    let scope = Scope::enter();
    for (call, wanted) in calls.iter().zip(wanted) {
        let before = names(&scope);
        assert_eq!(call(DOWN), DOWN);
        let new: Vec<_> = names(&scope).into_iter().filter(|name| !before.contains(name)).collect();
        assert_eq!(new, [wanted.replace('~', module_path!())]);
    }
    assert!(scope.registry().conflicts().is_empty());
}

struct OpenAi;
struct Ollama;
struct Wrapped<T>(T);

#[async_trait]
trait Llm {
    async fn complete(&self, reply: Reply) -> Reply;
}

#[async_trait]
impl Llm for OpenAi {
    #[circuit_breaker]
    async fn complete(&self, reply: Reply) -> Reply {
        reply
    }
}

#[async_trait]
impl Llm for Ollama {
    #[circuit_breaker]
    async fn complete(&self, reply: Reply) -> Reply {
        std::future::ready(()).await;
        reply
    }
}

impl OpenAi {
    #[circuit_breaker]
    fn get(&self, reply: Reply) -> Reply {
        let _ = self;
        reply
    }
}

impl Ollama {
    #[circuit_breaker]
    async fn get(&self, reply: Reply) -> Reply {
        std::future::ready(()).await;
        reply
    }
}

#[circuit_breaker]
impl<T> Wrapped<T> {
    fn get(&self, reply: Reply) -> Reply {
        let _ = &self.0;
        reply
    }
}

#[test]
fn methods_of_two_types_have_two_breakers() {
    named(
        [
            &|reply| OpenAi.get(reply),
            &|reply| now(Ollama.get(reply)),
            &|reply| Wrapped(1).get(reply),
            &|reply| now(OpenAi.complete(reply)),
            &|reply| now(Ollama.complete(reply)),
        ],
        [
            "~::OpenAi::get",
            "~::Ollama::get",
            "~::Wrapped<_>::get",
            "<~::OpenAi-as-~::Llm>::complete",
            "<~::Ollama-as-~::Llm>::complete",
        ],
    );
    let scope = Scope::enter();
    for _ in 0..5 {
        assert_eq!(now(OpenAi.complete(DOWN)), DOWN);
    }
    assert!(now(OpenAi.complete(Ok(1))).unwrap_err().is_rejection());
    assert_eq!(now(Ollama.complete(Ok(1))), Ok(1), "the one that is well");
    drop(scope);
}

trait Call<T> {
    fn call(&self, reply: Reply) -> Reply;

    #[circuit_breaker]
    fn by_default(&self, reply: Reply) -> Reply {
        reply
    }
}

#[circuit_breaker]
impl Call<u8> for OpenAi {
    fn call(&self, reply: Reply) -> Reply {
        reply
    }
}

#[circuit_breaker]
impl Call<u16> for OpenAi {
    fn call(&self, reply: Reply) -> Reply {
        reply
    }
}

#[circuit_breaker]
impl Call<u8> for (u8, u8) {
    fn call(&self, reply: Reply) -> Reply {
        reply
    }
}

#[circuit_breaker]
impl Call<u8> for [u8; 2] {
    fn call(&self, reply: Reply) -> Reply {
        reply
    }
}

#[circuit_breaker]
impl Call<u8> for str {
    fn call(&self, reply: Reply) -> Reply {
        reply
    }
}

#[circuit_breaker]
impl Call<u8> for &'static str {
    fn call(&self, reply: Reply) -> Reply {
        reply
    }
}

#[circuit_breaker]
impl Call<u8> for Box<dyn Fn(u8) -> u8 + Send> {
    fn call(&self, reply: Reply) -> Reply {
        reply
    }
}

#[test]
fn generic_traits_tuples_and_references_are_told_apart() {
    named(
        [
            &|reply| Call::<u8>::call(&OpenAi, reply),
            &|reply| Call::<u16>::call(&OpenAi, reply),
            &|reply| (1, 1).call(reply),
            &|reply| [1, 1].call(reply),
            &|reply| <str as Call<u8>>::call("", reply),
            &|reply| <&str as Call<u8>>::call(&"", reply),
        ],
        [
            "<~::OpenAi-as-~::Call<u8>>::call",
            "<~::OpenAi-as-~::Call<u16>>::call",
            "<(u8,u8)-as-~::Call<u8>>::call",
            "<[u8;2]-as-~::Call<u8>>::call",
            "<str-as-~::Call<u8>>::call",
            "<&str-as-~::Call<u8>>::call",
        ],
    );
    let scope = Scope::enter();
    let function: Box<dyn Fn(u8) -> u8 + Send> = Box::new(|n| n);
    assert_eq!(Call::call(&function, Ok(u32::from(function(1)))), Ok(1));
    assert_eq!(Name::check(&names(&scope)[0]), Ok(()));
}

#[test]
fn default_method_has_one_breaker_for_all_types() {
    let scope = Scope::enter();
    assert_eq!(Call::<u8>::by_default(&OpenAi, Ok(1)), Ok(1));
    assert_eq!((1, 1).by_default(Ok(1)), Ok(1));
    assert_eq!(names(&scope), ["attribute::default_names::Call::by_default"]);
}

#[test]
fn generic_function_has_one_breaker_for_all_types() {
    #[circuit_breaker]
    fn generic<T>(_: T, reply: Reply) -> Reply {
        reply
    }
    let scope = Scope::enter();
    assert_eq!((generic(1, Ok(1)), generic("", Ok(1))), (Ok(1), Ok(1)));
    let function = "generic_function_has_one_breaker_for_all_types::generic";
    assert_eq!(names(&scope), [format!("attribute::default_names::{function}")]);
}

mod x {
    pub(super) struct Client;
}
mod y {
    pub(super) struct Client;
}

trait Fetch {
    fn fetch(&self, reply: Reply) -> Reply;
}

#[circuit_breaker]
impl Fetch for x::Client {
    fn fetch(&self, reply: Reply) -> Reply {
        reply
    }
}

#[circuit_breaker]
impl Fetch for y::Client {
    fn fetch(&self, reply: Reply) -> Reply {
        reply
    }
}

struct ServiceEndpointForInferenceOfLargeModels<T>(T);
struct HttpsConnectorWithRetriesAndTracingAndALongName;
struct HttpsConnectorWithRetriesAndTracingAndAnotherName;

#[circuit_breaker]
impl Fetch
    for ServiceEndpointForInferenceOfLargeModels<HttpsConnectorWithRetriesAndTracingAndALongName>
{
    fn fetch(&self, reply: Reply) -> Reply {
        let _ = &self.0;
        reply
    }
}

#[circuit_breaker]
impl Fetch
    for ServiceEndpointForInferenceOfLargeModels<HttpsConnectorWithRetriesAndTracingAndAnotherName>
{
    fn fetch(&self, reply: Reply) -> Reply {
        let _ = &self.0;
        reply
    }
}

#[test]
fn types_of_one_last_segment_are_told_apart() {
    named(
        [&|reply| x::Client.fetch(reply), &|reply| y::Client.fetch(reply)],
        ["<~::x::Client-as-~::Fetch>::fetch", "<~::y::Client-as-~::Fetch>::fetch"],
    );
}

#[test]
fn long_names_are_cut_and_told_apart_by_a_hash() {
    let scope = Scope::enter();
    let one =
        ServiceEndpointForInferenceOfLargeModels(HttpsConnectorWithRetriesAndTracingAndALongName);
    let other =
        ServiceEndpointForInferenceOfLargeModels(HttpsConnectorWithRetriesAndTracingAndAnotherName);
    for _ in 0..5 {
        assert_eq!(one.fetch(DOWN), DOWN);
    }
    assert!(one.fetch(Ok(1)).is_err());
    assert_eq!(other.fetch(Ok(1)), Ok(1));
    let names = names(&scope);
    assert_eq!(names.len(), 2);
    for name in &names {
        assert_eq!((Name::check(name), name.len()), (Ok(()), Name::MAX_LEN));
        assert!(scope.registry().get(name).is_some());
    }
    assert!(scope.registry().conflicts().is_empty());
}

fn one(reply: Reply) -> Reply {
    #[circuit_breaker]
    fn fetch(reply: Reply) -> Reply {
        reply
    }
    fetch(reply)
}

fn two(reply: Reply) -> Reply {
    #[circuit_breaker]
    async fn fetch(reply: Reply) -> Reply {
        std::future::ready(()).await;
        reply
    }
    now(fetch(reply))
}

#[test]
fn inner_functions_are_named_by_the_functions_around_them() {
    named([&one, &two], ["~::one::fetch", "~::two::fetch"]);
}

#[test]
fn override_reaches_a_function_by_its_default_name() {
    let scope = Scope::enter();
    let name = "<attribute::default_names::x::Client-as-attribute::default_names::Fetch>::fetch";
    scope.registry().configure(name, Config::builder().threshold(1)).unwrap();
    assert_eq!(x::Client.fetch(DOWN), DOWN);
    assert!(x::Client.fetch(Ok(1)).is_err());
    assert!(scope.registry().unused_overrides().is_empty());
}

macro_rules! fetch {
    ($reply:expr) => {{
        #[circuit_breaker(threshold = 1)]
        fn fetch(reply: Reply) -> Reply {
            reply
        }
        fetch($reply)
    }};
}

#[test]
fn functions_of_one_path_are_kept_apart_and_listed() {
    let first = |reply| fetch!(reply);
    let second = |reply| fetch!(reply);
    // Two on one line.
    #[rustfmt::skip]
    let (third, fourth) = (|reply| fetch!(reply), |reply| fetch!(reply));

    let scope = Scope::enter();
    assert_eq!(first(DOWN), DOWN);
    for call in [&second as &dyn Fn(Reply) -> Reply, &third, &fourth] {
        assert_eq!(call(Ok(1)), Ok(1), "the first one's trouble is not another's");
        assert_eq!(call(DOWN), DOWN);
    }
    let names = names(&scope);
    assert_eq!(names.len(), 4, "{names:?}");
    let conflicts = scope.registry().conflicts();
    assert_eq!(conflicts.len(), 3, "{conflicts:?}");
    for conflict in &conflicts {
        assert_eq!(conflict.kind, ConflictKind::DefaultName);
        assert!(names.contains(&conflict.name.to_string()));
        assert!(conflict.name.as_str().contains(&format!(":{}", conflict.second.line())));
        assert!(conflict.to_string().contains("give each of them a `name`"));
    }
    assert!(names[3].ends_with(":2"), "{names:?}");
    drop(scope);

    // Each registry lists them, and they keep their names.
    let scope = Scope::enter();
    assert_eq!((fourth(Ok(1)), first(Ok(1)), second(Ok(1))), (Ok(1), Ok(1), Ok(1)));
    assert_eq!(scope.registry().conflicts().len(), 2);
    assert!(self::names(&scope).iter().all(|name| names.contains(name)));
}

#[circuit_breaker(name = "attribute::default_names::named_later", threshold = 1)]
fn gives_a_path(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(name = "attribute::default_names::named_later", threshold = 1)]
fn gives_that_path_too(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(threshold = 1)]
fn named_later(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(name = "attribute::default_names::named_before", threshold = 1)]
fn gives_a_path_first(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(threshold = 1)]
fn named_before(reply: Reply) -> Reply {
    reply
}

#[test]
fn function_without_a_name_shares_no_breaker_with_one_that_gives_its_path() {
    type Call = fn(Reply) -> Reply;
    let pairs: [(Call, Call, &str); 2] = [
        (named_later, gives_a_path, "named_later"),
        (gives_a_path_first, named_before, "named_before"),
    ];
    for (first, second, name) in pairs {
        let scope = Scope::enter();
        let path = format!("attribute::default_names::{name}");
        scope.registry().breaker(&path).unwrap();
        assert_eq!(first(DOWN), DOWN);
        assert_eq!(scope.registry().get(&path).unwrap().state(), State::Open);
        assert_eq!(second(Ok(1)), Ok(1), "the first one's trouble is not another's");
        assert_eq!((second(DOWN), first(Ok(1)).is_err()), (DOWN, true));
        let conflicts = scope.registry().conflicts();
        assert_eq!((conflicts.len(), conflicts[0].kind), (1, ConflictKind::DefaultName));
        let other = format!("{path}:{}", conflicts[0].second.line());
        assert_eq!(names(&scope), [path, other]);
    }
    let scope = Scope::enter();
    assert_eq!(gives_a_path(DOWN), DOWN);
    assert!(gives_that_path_too(Ok(1)).is_err(), "functions that give one name share a breaker");
    assert_eq!((named_later(Ok(1)), names(&scope).len()), (Ok(1), 2));
}

#[test]
fn keyed_function_without_a_name_has_its_keys_under_its_path() {
    #[circuit_breaker(key = key)]
    fn call(key: &str) -> Reply {
        Ok(u32::from(key.is_empty()))
    }
    let scope = Scope::enter();
    assert_eq!(call("a"), Ok(0));
    let function = "keyed_function_without_a_name_has_its_keys_under_its_path::call";
    let family = format!("attribute::default_names::{function}");
    assert!(scope.registry().get_key(&family, "a").is_some());
}
