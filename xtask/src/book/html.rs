//! Reads the links and anchors of a page that mdBook has written.

use std::path::{Component, Path, PathBuf};

/// The place of the book on its site: `output.html.site-url` of `book/book.toml`.
pub(super) const SITE: &str = "/breakerbox/";

/// One page of the built book.
#[derive(Clone)]
pub(super) struct Page {
    /// Its path from the folder of the book.
    pub(super) path: PathBuf,
    /// The folder that its relative links begin at, if the page names one.
    pub(super) base: Option<PathBuf>,
    pub(super) links: Vec<String>,
    pub(super) anchors: Vec<String>,
}

impl Page {
    pub(super) fn read(path: PathBuf, text: &str) -> Self {
        let mut page = Page { path, base: None, links: Vec::new(), anchors: Vec::new() };
        for tag in tags(text) {
            let name = tag.split([' ', '\n', '>']).next().unwrap_or_default();
            for (attribute, value) in attributes(tag) {
                let value = value.replace("&amp;", "&");
                match attribute {
                    "href" if name == "base" => page.base = Some(PathBuf::new()),
                    "href" | "src" => page.links.push(value),
                    "id" | "name" => page.anchors.push(value),
                    _ => {}
                }
            }
        }
        page
    }
}

/// Returns the text of each tag, without its angle brackets. Scripts and comments have none.
fn tags(text: &str) -> Vec<&str> {
    let mut tags = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = if rest.starts_with("!--") { "-->" } else { ">" };
        let Some(length) = rest.find(end) else { break };
        tags.push(&rest[..length]);
        rest = &rest[length..];
        if tags.last().is_some_and(|tag| tag.starts_with("script")) {
            rest = &rest[rest.find("</script").unwrap_or(rest.len())..];
        }
    }
    tags.retain(|tag| !tag.starts_with("!--"));
    tags
}

/// Returns the attributes of a tag that have a value in double quotes.
fn attributes(tag: &str) -> Vec<(&str, &str)> {
    let mut attributes = Vec::new();
    let mut rest = tag;
    while let Some((before, after)) = rest.split_once("=\"") {
        let Some((value, next)) = after.split_once('"') else { break };
        let name = before.rsplit([' ', '\n']).next().unwrap_or_default();
        attributes.push((name, value));
        rest = next;
    }
    attributes
}

/// Returns the path without `..`.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_anchors_are_read() {
        let text = "<h2 id=\"a-b\"><a class=\"header\" href=\"x.html?a&amp;b\">A</a></h2>\n\
                    <img alt=\"a\" src=\"p.png\"><!-- <a href=\"no\"> -->\n\
                    <script src=\"s.js\"></script><script>let a = '<a href=\"no\">';</script>";
        let page = Page::read(PathBuf::from("page.html"), text);
        assert_eq!(page.links, ["x.html?a&b", "p.png", "s.js"]);
        assert_eq!(page.anchors, ["a-b"]);
    }

    #[test]
    fn site_is_that_of_the_book() {
        let config = include_str!("../../../book/book.toml");
        assert!(config.contains(&format!("site-url = \"{SITE}\"")));
    }
}
