//! The list of the program's annotated functions, called or not (feature `inventory`).
//!
//! Each expansion has its own static, which the crate `inventory` links into a list before `main`
//! begins. Calls have no part in that.

use core::panic::Location;

use crate::config::Config;
use crate::expansion::callsite::Callsite;
use crate::name::Name;
use crate::registry::Registry;

/// A call site that an expansion has submitted to the list.
#[derive(Clone, Copy, Debug)]
pub struct Submitted {
    site: &'static Callsite,
    has_key: bool,
}

inventory::collect!(Submitted);

impl Submitted {
    /// Takes a function's static, and whether the function gives a `key`.
    #[must_use]
    pub const fn new(site: &'static Callsite, has_key: bool) -> Self {
        Submitted { site, has_key }
    }
}

/// Returns all call sites, by place. In the linker's order, the names of two functions of one path
/// would change from build to build.
fn all() -> Vec<Submitted> {
    let mut all: Vec<_> = inventory::iter::<Submitted>.into_iter().copied().collect();
    all.sort_by_key(|submitted| submitted.site.location());
    all
}

/// A function of the program with the attribute (feature `inventory`).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DeclaredFunction {
    /// The name of its breaker, or of the breakers by key.
    pub name: Name,
    /// True if the function gives a `key`, and so has a breaker for each key.
    pub has_key: bool,
    /// The tuning that the function declares. `None` if it gives only the name.
    pub config: Option<Config>,
    /// The file and the line of the attribute.
    pub location: &'static Location<'static>,
}

impl Registry {
    /// Returns every annotated function of the program, called or not, in the order of their files
    /// and lines (feature `inventory`). Functions of libraries are included, generic ones once, and
    /// methods that a trait provides. Functions with `breaker` are not: their breakers are in no
    /// registry.
    ///
    /// ```
    /// use breaker_core::Registry;
    ///
    /// for function in Registry::declared() {
    ///     println!("{} at {}", function.name, function.location);
    /// }
    /// ```
    #[must_use]
    pub fn declared() -> Vec<DeclaredFunction> {
        let function = |Submitted { site, has_key }| {
            let ((name, config), location) = (site.declaration(), site.location());
            DeclaredFunction { name: Name::from_static(name), has_key, config, location }
        };
        all().into_iter().map(function).collect()
    }

    /// Makes the breakers of all annotated functions without a `key`, and declares the names of
    /// functions with one (feature `inventory`). So every breaker can be seen and controlled before
    /// its first call, and status series exist from the start. Call it on [`global`](Self::global),
    /// whose breakers functions use.
    ///
    /// [`conflicts`](Self::conflicts) lists functions that disagree, and nothing panics here. In
    /// builds with debug assertions, their first call still does.
    ///
    /// ```
    /// use breaker_core::Registry;
    ///
    /// let registry = Registry::global();
    /// registry.warm_up();
    /// for conflict in registry.conflicts() {
    ///     eprintln!("{conflict}");
    /// }
    /// ```
    pub fn warm_up(&self) {
        for Submitted { site, has_key } in all() {
            if has_key {
                site.declare(self);
            } else {
                site.warm_up(self);
            }
        }
    }
}
