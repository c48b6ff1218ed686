//! The public items of a package, a line each, by the paths that users know.

use std::collections::BTreeSet;
use std::path::Path;

use public_api::Builder;

/// Traits that the compiler implements for itself: no user can name one, and they come and go with
/// the compiler.
const OF_COMPILER: [&str; 3] = [
    "core::marker::Freeze for",
    "core::marker::StructuralPartialEq for",
    "core::marker::UnsafeUnpin for",
];

/// Reads rustdoc's JSON. Items that are hidden from the documentation are not in it.
pub(crate) fn read(json: &Path) -> Result<Vec<String>, String> {
    let items =
        Builder::from_rustdoc_json(json).omit_blanket_impls(true).build().map_err(|why| {
            format!(
                "{why}\nEach version of the crate `public-api` reads the JSON of some toolchains"
            )
        })?;
    let is_of_users = |line: &String| !OF_COMPILER.iter().any(|name| line.contains(name));
    Ok(items.items().map(ToString::to_string).filter(is_of_users).collect())
}

/// The names that begin and make up the paths of our own items.
pub(crate) struct Names {
    crates: BTreeSet<String>,
    /// The public modules, by their paths.
    modules: BTreeSet<String>,
}

impl Names {
    pub(crate) fn new(packages: &[String], lists: &[Vec<String>]) -> Self {
        let module = |line: &String| line.strip_prefix("pub mod ").map(str::to_owned);
        Names {
            crates: packages.iter().map(|name| name.replace('-', "_")).collect(),
            modules: lists.iter().flatten().filter_map(module).collect(),
        }
    }

    /// Makes the list independent of the files that define the items. Rustdoc puts private modules
    /// into paths of other crates' items, such as `breaker_core::registry::Registry`, and names each
    /// `impl` block of a type.
    pub(crate) fn shorten(&self, package: &str, lines: &[String]) -> Vec<String> {
        let own = package.replace('-', "_");
        let mut blocks = BTreeSet::new();
        let lines = lines.iter().map(|line| self.shorten_line(&own, line));
        lines.filter(|line| !line.starts_with("impl") || blocks.insert(line.clone())).collect()
    }

    fn shorten_line(&self, own: &str, line: &str) -> String {
        let is_of_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let mut shortened = String::new();
        let mut rest = line;
        while !rest.is_empty() {
            let path_end = rest.find(|c| !is_of_path(c)).unwrap_or(rest.len());
            let (path, behind) = rest.split_at(path_end);
            shortened.push_str(&self.shorten_path(own, path));
            let other_end = behind.find(is_of_path).unwrap_or(behind.len());
            let (other, behind) = behind.split_at(other_end);
            shortened.push_str(other);
            rest = behind;
        }
        shortened
    }

    fn shorten_path(&self, own: &str, path: &str) -> String {
        let mut names: Vec<&str> = path.split("::").collect();
        if names[0] == "crate" {
            names[0] = own;
        }
        if !self.crates.contains(names[0]) {
            return path.to_owned();
        }
        let last = names.len() - 1;
        let mut public = names[0].to_owned();
        for (place, name) in names.iter().enumerate().skip(1) {
            let longer = format!("{public}::{name}");
            let is_module = place < last && name.starts_with(char::is_lowercase);
            if !is_module || self.modules.contains(&longer) {
                public = longer;
            }
        }
        public
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shortened(line: &str) -> String {
        let packages = ["our-core".to_owned(), "our-web".to_owned()];
        let lists = [vec!["pub mod our_core".to_owned(), "pub mod our_core::testing".to_owned()]];
        Names::new(&packages, &lists).shorten("our-web", &[line.to_owned()]).concat()
    }

    #[test]
    fn private_module_is_left_out() {
        assert_eq!(
            shortened("pub fn our_web::view::Page::new(&our_core::table::rows::Registry) -> Self"),
            "pub fn our_web::Page::new(&our_core::Registry) -> Self"
        );
        assert_eq!(shortened("pub x: Vec<crate::link::Role>"), "pub x: Vec<our_web::Role>");
    }

    #[test]
    fn block_of_a_type_is_listed_once() {
        let lines = ["impl our_web::Page", "pub fn our_web::Page::a()", "impl our_web::Page"];
        let names = Names::new(&["our-web".to_owned()], &[]);
        let listed = names.shorten("our-web", &lines.map(str::to_owned));
        assert_eq!(listed, lines[..2]);
    }

    #[test]
    fn public_module_functions_and_other_crates_stay() {
        for line in [
            "pub struct our_core::testing::Scope",
            "pub fn our_web::serve()",
            "impl<F> core::marker::Send for our_core::Call<F> where F: core::marker::Send",
            "pub type our_core::Call<F>::Output = <F as core::future::future::Future>::Output",
            "pub use our_core::testing",
        ] {
            assert_eq!(shortened(line), line);
        }
    }
}
