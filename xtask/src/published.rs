//! The packages that are published, as `cargo metadata` describes them.

use serde_json::Value;

use crate::cargo::{self, Failure, cargo};

/// A package of the workspace that can be published.
pub(crate) struct Package {
    pub(crate) name: String,
    /// The names of the published packages that it needs, without those that only its tests need.
    needs: Vec<String>,
    /// Its entry in the output of `cargo metadata`.
    entry: Value,
}

impl Package {
    /// A text of the manifest, or an empty one if the manifest has none.
    pub(crate) fn text(&self, key: &str) -> &str {
        self.entry[key].as_str().unwrap_or("")
    }

    /// Says what the manifest lacks.
    pub(crate) fn faults(&self, repository: &str) -> Vec<String> {
        let documentation = format!("https://docs.rs/{}", self.name);
        let texts = [
            ("license", "MIT OR Apache-2.0"),
            ("repository", repository),
            ("documentation", &documentation),
            ("readme", "README.md"),
        ];
        let mut faults: Vec<_> = texts
            .into_iter()
            .filter(|(key, text)| self.text(key) != *text)
            .map(|(key, text)| format!("`{key}` is not {text:?}"))
            .collect();
        for key in ["description", "rust_version"] {
            if self.text(key).is_empty() {
                faults.push(format!("`{key}` is missing"));
            }
        }
        if self.entry["metadata"]["docs"]["rs"]["all-features"] != true {
            faults.push("`package.metadata.docs.rs` has no `all-features = true`".to_owned());
        }
        faults
    }
}

/// The packages in an order in which each comes after all that it needs.
pub(crate) fn packages() -> Result<Vec<Package>, Failure> {
    let mut command = cargo("metadata --no-deps --format-version 1");
    let text = cargo::read(command.current_dir(cargo::root()))?;
    let metadata: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::new(format!("`cargo metadata` wrote no JSON: {error}")))?;
    let entries = list(&metadata["packages"]).iter().filter(|entry| entry["publish"].is_null());
    in_order(entries.map(package).collect())
}

/// The address that all published packages name. The root package is one of them.
pub(crate) fn repository(packages: &[Package]) -> &str {
    packages
        .iter()
        .find(|package| package.name == "breakerbox")
        .map_or("", |p| p.text("repository"))
}

fn package(entry: &Value) -> Package {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let is_needed =
        |dependency: &&Value| dependency["kind"] != "dev" && dependency["path"].is_string();
    Package {
        name: text(&entry["name"]),
        needs: list(&entry["dependencies"])
            .iter()
            .filter(is_needed)
            .map(|d| text(&d["name"]))
            .collect(),
        entry: entry.clone(),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn in_order(mut packages: Vec<Package>) -> Result<Vec<Package>, Failure> {
    let mut ordered: Vec<Package> = Vec::new();
    while !packages.is_empty() {
        let has = |name: &String| ordered.iter().any(|package| package.name == *name);
        let (ready, later): (Vec<_>, Vec<_>) =
            packages.into_iter().partition(|package| package.needs.iter().all(has));
        if ready.is_empty() {
            let names: Vec<_> =
                later.iter().map(|p| format!("{} needs {:?}", p.name, p.needs)).collect();
            return Err(Failure::new(format!("no order of publication: {}", names.join(", "))));
        }
        ordered.extend(ready);
        packages = later;
    }
    Ok(ordered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, needs: &[&str]) -> Package {
        let needs = needs.iter().map(|&name| name.to_owned()).collect();
        Package { name: name.to_owned(), needs, entry: Value::Null }
    }

    #[test]
    fn package_comes_after_those_that_it_needs() {
        let packages =
            vec![named("top", &["middle", "core"]), named("middle", &["core"]), named("core", &[])];
        let ordered = in_order(packages).unwrap();
        let names: Vec<_> = ordered.iter().map(|package| package.name.as_str()).collect();
        assert_eq!(names, ["core", "middle", "top"]);
    }

    #[test]
    fn packages_that_need_one_that_is_not_published_have_no_order() {
        let failure = in_order(vec![named("top", &["private"])]).err().unwrap();
        assert!(failure.to_string().contains("top needs [\"private\"]"), "{failure}");
    }

    #[test]
    fn manifest_without_texts_lacks_each() {
        let faults = named("top", &[]).faults("https://example.org/top");
        assert_eq!(faults.len(), 7, "{faults:?}");
    }

    #[test]
    fn published_packages_end_with_the_facade() {
        let packages = packages().unwrap();
        assert!(packages.len() >= 8);
        assert_eq!(packages[0].name, "breaker-core");
        assert!(packages.iter().all(|package| package.name.starts_with("breaker")));
    }
}
