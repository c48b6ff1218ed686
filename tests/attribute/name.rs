//! `name`: given by a string, by a constant, or by the function's own path. And `crate`.

use breakerbox::circuit_breaker;
use breakerbox::testing::Scope;
use support::{Reply, now};

fn names(scope: &Scope) -> Vec<String> {
    let all = scope.registry().iter();
    all.map(|breaker| breaker.name().to_string()).collect()
}

#[circuit_breaker]
fn unnamed() -> Reply {
    Ok(1)
}

struct Client;

impl Client {
    #[circuit_breaker]
    async fn unnamed_method(&self) -> Reply {
        std::future::ready(()).await;
        Ok(1)
    }
}

mod inner {
    use super::Reply;
    use breakerbox::circuit_breaker;

    #[circuit_breaker(threshold = 3)]
    pub(super) fn unnamed() -> Reply {
        Ok(1)
    }

    #[circuit_breaker]
    pub(super) fn r#match(r#type: u32) -> Reply {
        Ok(r#type)
    }
}

/// [MAC-220]
#[test]
fn function_without_a_name_is_named_by_its_path() {
    let scope = Scope::enter();
    assert_eq!(unnamed(), Ok(1));
    assert_eq!(names(&scope), ["attribute::name::unnamed"]);
}

#[test]
fn method_without_a_name_is_named_by_its_type_and_itself() {
    let scope = Scope::enter();
    assert_eq!(now(Client.unnamed_method()), Ok(1));
    assert_eq!(names(&scope), ["attribute::name::Client::unnamed_method"]);
}

/// sentinel-macros.
#[test]
fn functions_of_one_identifier_in_two_modules_have_two_breakers() {
    let scope = Scope::enter();
    assert_eq!(unnamed(), Ok(1));
    assert_eq!(inner::unnamed(), Ok(1));
    let wanted = ["attribute::name::inner::unnamed", "attribute::name::unnamed"];
    assert_eq!(names(&scope), wanted);
}

#[test]
fn raw_identifier_is_named_without_its_prefix() {
    let scope = Scope::enter();
    assert_eq!(inner::r#match(7), Ok(7));
    assert_eq!(names(&scope), ["attribute::name::inner::match"]);
}

#[test]
fn name_by_string_is_taken_as_it_stands() {
    #[circuit_breaker(name = "llm/gpt-4")]
    fn plain() -> Reply {
        Ok(1)
    }
    #[circuit_breaker(name = r#"größe:"x""#)]
    fn raw() -> Reply {
        Ok(1)
    }
    let scope = Scope::enter();
    assert_eq!(plain(), Ok(1));
    assert_eq!(raw(), Ok(1));
    assert_eq!(names(&scope), ["größe:\"x\"", "llm/gpt-4"]);
}

/// [MAC-225]
#[test]
fn name_by_constant_or_macro_is_its_value() {
    const NAME: &str = "by-constant";
    struct Names;
    impl Names {
        const DB: &'static str = "by-associated-constant";
    }
    #[circuit_breaker(name = NAME)]
    fn constant() -> Reply {
        Ok(1)
    }
    #[circuit_breaker(name = Names::DB, threshold = 3)]
    async fn associated() -> Reply {
        std::future::ready(()).await;
        Ok(1)
    }
    #[circuit_breaker(name = concat!("by-", "macro"))]
    fn macro_made() -> Reply {
        Ok(1)
    }
    let scope = Scope::enter();
    assert_eq!(constant(), Ok(1));
    assert_eq!(now(associated()), Ok(1));
    assert_eq!(macro_made(), Ok(1));
    let wanted = ["by-associated-constant", "by-constant", "by-macro"];
    assert_eq!(names(&scope), wanted);
}

#[test]
fn function_never_called_has_no_breaker() {
    let scope = Scope::enter();
    let future = Client.unnamed_method();
    assert!(scope.registry().is_empty(), "nor one made but not polled");
    assert_eq!(now(future), Ok(1));
    assert_eq!(scope.registry().len(), 1);
}

mod reexport {
    pub(crate) mod deep {
        pub(crate) use breakerbox::*;
    }
}

/// [MAC-108]
#[test]
fn crate_path_may_lead_through_a_reexport() {
    #[circuit_breaker(crate = crate::name::reexport::deep, name = "reexported")]
    fn fetch(x: u32) -> Reply {
        Ok(x)
    }
    #[circuit_breaker(crate = ::breakerbox, fallback = Ok(0))]
    async fn absolute(x: u32) -> Reply {
        std::future::ready(()).await;
        Ok(x)
    }
    let scope = Scope::enter();
    assert_eq!(fetch(3), Ok(3));
    assert_eq!(now(absolute(4)), Ok(4));
    assert!(scope.registry().get("reexported").is_some());
}
