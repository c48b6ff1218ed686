//! The links and headings of a page.

use std::collections::BTreeSet;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) links: Vec<Link>,
    /// The words behind `#` that lead to a heading.
    pub(crate) anchors: BTreeSet<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) target: String,
    pub(crate) is_picture: bool,
}

/// Reads links, pictures and headings, also those of HTML. Code has none.
pub(crate) fn read(text: &str) -> Page {
    let mut page = Page::default();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => page.add(&dest_url, false),
            Event::Start(Tag::Image { dest_url, .. }) => page.add(&dest_url, true),
            Event::Html(html) | Event::InlineHtml(html) => page.add_html(&html),
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                page.add_anchor(&slug(&heading.take().unwrap_or_default()));
            }
            Event::Text(words) | Event::Code(words) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&words);
                }
            }
            _ => {}
        }
    }
    page
}

impl Page {
    fn add(&mut self, target: &str, is_picture: bool) {
        self.links.push(Link { target: target.to_owned(), is_picture });
    }

    fn add_html(&mut self, html: &str) {
        values(html, "href").for_each(|target| self.add(target, false));
        values(html, "src").for_each(|target| self.add(target, true));
        self.anchors.extend(values(html, "id").map(str::to_owned));
    }

    /// A second heading of one text has `-1` behind its anchor.
    fn add_anchor(&mut self, slug: &str) {
        let mut anchor = slug.to_owned();
        for number in 1.. {
            if self.anchors.insert(anchor) {
                return;
            }
            anchor = format!("{slug}-{number}");
        }
    }
}

fn values<'a>(html: &'a str, attribute: &str) -> impl Iterator<Item = &'a str> {
    let begin = format!(" {attribute}=\"");
    let rests: Vec<_> =
        html.match_indices(&begin).map(|(at, begin)| &html[at + begin.len()..]).collect();
    rests.into_iter().filter_map(|rest| rest.split_once('"')).map(|(value, _)| value)
}

/// The anchor that code hosts make of a heading: letters and digits in lower case, a hyphen for each
/// space, and no other punctuation.
fn slug(heading: &str) -> String {
    let kept = heading.trim().chars().filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        c if c.is_alphanumeric() => Some(c),
        _ => None,
    });
    kept.flat_map(char::to_lowercase).collect()
}

#[test]
fn links_are_read_in_every_form_but_not_in_code() {
    let page = read(
        "[a](b) ![c](d \"title\") `[x](y)`\n```\n[e](f)\n```\n[g](h#i), [j]\n\n<img alt=\"\" src=\"k\">\n\n[j]: l\n",
    );
    let targets: Vec<_> = page.links.iter().map(|l| (l.target.as_str(), l.is_picture)).collect();
    assert_eq!(targets, [("b", false), ("d", true), ("h#i", false), ("l", false), ("k", true)]);
}

#[test]
fn headings_have_the_anchors_of_code_hosts() {
    let page = read("# When to use it?\n## `a_b`, and c\n## `a_b`, and c\n<a id=\"here\"></a>\n");
    let anchors: Vec<_> = page.anchors.iter().map(String::as_str).collect();
    assert_eq!(anchors, ["a_b-and-c", "a_b-and-c-1", "here", "when-to-use-it"]);
}
