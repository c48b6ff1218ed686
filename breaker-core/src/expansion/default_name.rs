//! Names for functions that give none: the function's path, as the compiler spells it.
//!
//! The expansion puts its own function into the body. The name of that function's type is the path
//! of the body, with the type, the trait and their arguments, and with the functions around it. The
//! default name is made from it at the first call.
//!
//! Two functions may have one path: in two blocks of one function, or in two closures. A function
//! may also give another's path as its name. A table of the process keeps them apart.

use core::fmt::Write as _;
use core::panic::Location;
use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::link::default_names;
use crate::name::Name;
use crate::registry::{Conflict, ConflictKind};

/// The name of a function, made when it is first asked for.
#[derive(Debug)]
pub(crate) struct DefaultName {
    /// Returns the path of the function that the expansion has put into the body.
    path: fn() -> &'static str,
    made: OnceLock<Made>,
}

#[derive(Debug)]
struct Made {
    name: &'static str,
    clash: Option<Conflict>,
}

impl DefaultName {
    pub(crate) const fn new(path: fn() -> &'static str) -> Self {
        DefaultName { path, made: OnceLock::new() }
    }

    /// Sets the name, which another call site of the function has.
    pub(crate) fn keep(&self, name: &'static str) {
        // It is set right after the call site is made, so it is not set yet.
        let _ = self.made.set(Made { name, clash: None });
    }

    /// Returns the name if it has been made and no other function has it.
    #[inline]
    pub(crate) fn undisputed(&self) -> Option<&'static str> {
        let made = self.made.get()?;
        made.clash.is_none().then_some(made.name)
    }

    /// Returns the name, and the function that had it before. `given` is empty if the function
    /// gives none.
    pub(crate) fn get(
        &self,
        given: &'static str,
        location: &'static Location<'static>,
    ) -> (&'static str, Option<&Conflict>) {
        let made = self.made.get_or_init(|| {
            if given.is_empty() {
                take(&shown((self.path)()), location)
            } else {
                give(given, location)
            }
        });
        (made.name, made.clash.as_ref())
    }
}

/// A name that functions have.
#[derive(Debug)]
struct Taken {
    /// The place of the first of them.
    location: &'static Location<'static>,
    holder: Holder,
}

#[derive(Debug)]
enum Holder {
    /// Functions that give the name, and share a breaker.
    Given,
    /// One function without a given name. Functions that give this name share a breaker of another
    /// name, once there is one.
    Default(Option<&'static str>),
}

/// The names of the process's functions.
static TAKEN: Mutex<Names> = Mutex::new(BTreeMap::new());

type Names = BTreeMap<&'static str, Taken>;

/// Takes the name that a function at `location` gives. If it is a default name, all functions that
/// give it share another name, with the line of the first of them.
fn give(given: &'static str, location: &'static Location<'static>) -> Made {
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    let new = || Taken { location, holder: Holder::Given };
    let (first, other) = match taken.entry(given).or_insert_with(new) {
        Taken { holder: Holder::Given, .. } => return Made { name: given, clash: None },
        Taken { location, holder: Holder::Default(other) } => (*location, *other),
    };
    let name = other.unwrap_or_else(|| {
        let name = free_name(&taken, given, location);
        taken.insert(name, new());
        name
    });
    taken.insert(given, Taken { location: first, holder: Holder::Default(Some(name)) });
    drop(taken);
    Made { name, clash: Some(clash(name, first, location)) }
}

/// Takes a name for a function at `location` that gives none. If the path is taken, the line is
/// added, and also a number if that is taken.
fn take(path: &str, location: &'static Location<'static>) -> Made {
    // No user code runs under the lock, so a poisoned one is whole.
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    let name = shortened(path, "");
    let first = taken.get(&*name).map(|first| first.location);
    let name = match first {
        Some(_) => free_name(&taken, path, location),
        None => leaked(name),
    };
    default_names::note(name);
    taken.insert(name, Taken { location, holder: Holder::Default(None) });
    drop(taken);
    Made { name, clash: first.map(|first| clash(name, first, location)) }
}

/// Returns `path` with the line of `location`, and also a number if that is taken.
fn free_name(taken: &Names, path: &str, location: &Location<'_>) -> &'static str {
    let line = format!(":{}", location.line());
    let mut name = shortened(path, &line);
    let mut number = 1_u32;
    while taken.contains_key(&*name) {
        number += 1;
        name = shortened(path, &format!("{line}:{number}"));
    }
    leaked(name)
}

/// A call site lives as long as the program, and so does its name.
fn leaked(name: String) -> &'static str {
    Box::leak(name.into_boxed_str())
}

fn clash(
    name: &'static str,
    first: &'static Location<'static>,
    second: &'static Location<'static>,
) -> Conflict {
    let kind = ConflictKind::DefaultName;
    Conflict { name: Name::from_static(name), first, second, kind }
}

/// Returns the path of the body with the expansion's function, without white space.
/// ```text
/// <m::A as m::Llm>::complete::{{closure}}::here
/// <m::A-as-m::Llm>::complete
/// ```
fn shown(path: &str) -> String {
    let mut body = path.rsplit_once("::").map_or(path, |(body, _)| body);
    // The body of an async function is a closure.
    while let Some(outside) = body.strip_suffix("::{{closure}}") {
        body = outside;
    }
    let mut shown = String::with_capacity(body.len());
    let mut rest = body.chars().peekable();
    while let Some(next) = rest.next() {
        if !next.is_whitespace() {
            shown.push(next);
        } else if ends_in_word(&shown) && rest.peek().is_some_and(|next| is_word(*next)) {
            shown.push('-');
        }
    }
    shown
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns whether the text ends in a word. A type with arguments is one: `Vec<u8>`, `[u8; 2]`. An
/// arrow is not.
fn ends_in_word(shown: &str) -> bool {
    shown.ends_with(|c| is_word(c) || matches!(c, '>' | ')' | ']')) && !shown.ends_with("->")
}

/// Returns `path` and `suffix` as a name that is not too long: a hash, which never changes from
/// build to build, replaces the end of a long path.
fn shortened(path: &str, suffix: &str) -> String {
    const HASH_LEN: usize = 16;
    if path.len() + suffix.len() <= Name::MAX_LEN {
        return format!("{path}{suffix}");
    }
    let mut kept = Name::MAX_LEN - suffix.len() - HASH_LEN - 1;
    while !path.is_char_boundary(kept) {
        kept -= 1;
    }
    let mut name = path[..kept].to_owned();
    // Writing to a `String` cannot fail.
    let _ = write!(name, "#{:0HASH_LEN$x}{suffix}", fnv_1a(path));
    name
}

/// Returns the FNV-1a hash of 64 bits. The standard library's hasher may change.
fn fnv_1a(text: &str) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x100_0000_01b3;
    text.bytes().fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_is_shown_without_white_space() {
        for (path, wanted) in [
            ("m::A::get::here", "m::A::get"),
            ("m::A::get::{{closure}}::here", "m::A::get"),
            (
                "<m::A as m::Llm>::complete::{{closure}}::{{closure}}::here",
                "<m::A-as-m::Llm>::complete",
            ),
            ("m::outer::{{closure}}::inner::here", "m::outer::{{closure}}::inner"),
            ("<(u8, u8) as m::Tr>::t::here", "<(u8,u8)-as-m::Tr>::t"),
            ("<[u8; 2] as m::Tr>::t::here", "<[u8;2]-as-m::Tr>::t"),
            ("<S as m::Call<u8, u16>>::call::here", "<S-as-m::Call<u8,u16>>::call"),
            (
                "<Box<dyn Fn(&'_ u8) -> u8 + Send> as m::Tr>::t::here",
                "<Box<dyn-Fn(&'_-u8)->u8+Send>-as-m::Tr>::t",
            ),
            ("<*mut [_] as m::Tr>::t::here", "<*mut[_]-as-m::Tr>::t"),
        ] {
            assert_eq!(shown(path), wanted);
            assert_eq!(Name::check(&shown(path)), Ok(()));
        }
    }

    #[test]
    fn long_path_ends_in_a_hash_of_all_of_it() {
        let long = format!("m::{}::get", "größe::".repeat(20));
        let other = format!("m::{}::put", "größe::".repeat(20));
        let name = shortened(&long, ":12");
        assert!(name.len() <= Name::MAX_LEN && name.ends_with(":12"), "{name}");
        assert_ne!(name, shortened(&other, ":12"));
        assert_eq!(shortened(&"x".repeat(128), ""), "x".repeat(128));
        let name = shortened(&"x".repeat(129), "");
        assert_eq!(name, format!("{}#78d48e38324d7507", "x".repeat(111)));
    }

    #[test]
    fn given_name_that_is_a_default_name_gets_its_line_for_all_who_give_it() {
        let (one, other) = (Location::caller(), Location::caller());
        assert_eq!(take("m::given", one).name, "m::given");
        let wanted = format!("m::given:{}", other.line());
        for location in [other, one] {
            let made = give("m::given", location);
            assert_eq!(made.name, wanted);
            let clash = made.clash.unwrap();
            assert_eq!((clash.first, clash.second), (one, location));
        }
        for _ in 0..2 {
            let made = give("m::given_first", one);
            assert!(made.name == "m::given_first" && made.clash.is_none());
        }
        let made = take("m::given_first", other);
        assert_eq!(made.name, format!("m::given_first:{}", other.line()));
        assert_eq!(made.clash.unwrap().first, one);
    }

    #[test]
    fn path_that_is_taken_gets_its_line_and_then_a_number() {
        let (one, other) = (Location::caller(), Location::caller());
        let names = [one, other, other, other].map(|at| take("m::taken", at));
        let line = other.line();
        let wanted =
            ["m::taken".to_owned(), format!("m::taken:{line}"), format!("m::taken:{line}:2")];
        assert_eq!(names.each_ref().map(|made| made.name)[..3], wanted);
        assert!(names[0].clash.is_none());
        let clash = names[1].clash.as_ref().unwrap();
        assert_eq!((clash.name.as_str(), clash.first.line()), (&*wanted[1], one.line()));
        assert_eq!(names[3].name, format!("m::taken:{line}:3"));
    }
}
