//! Functions without a name: each has a breaker of its own, named by its whole path.

mod collisions;

use async_trait::async_trait;
use breakerbox::testing::Scope;
use breakerbox::{Config, Name, circuit_breaker};
use support::{DOWN, Reply, now};

fn names(scope: &Scope) -> Vec<String> {
    scope.registry().iter().map(|breaker| breaker.name().to_string()).collect()
}

/// Asserts that the calls name their breakers so, each a breaker of its own. `~` stands for the
/// path of this module.
fn assert_named<const N: usize>(calls: [&dyn Fn(Reply) -> Reply; N], wanted: [&str; N]) {
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
    assert_named(
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
    assert_named(
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
    assert_named(
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
    assert_named([&one, &two], ["~::one::fetch", "~::two::fetch"]);
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
