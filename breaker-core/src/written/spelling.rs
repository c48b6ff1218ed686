//! Finds the meaning of an unknown key, if it is clear.

use super::Key;
use super::foreign::{self, Meaning};

/// The known keys, and the word for a key.
#[derive(Clone, Copy, Debug)]
pub struct Vocabulary<'a> {
    /// The keys, in the order of lists.
    pub keys: &'a [Key],
    /// The word for a key in messages: `argument`, `key`.
    pub noun: &'static str,
}

/// The meaning of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant {
    /// A key of ours, misspelt.
    Key(Key),
    /// A key of ours, followed by a unit.
    Unit(Key),
    /// A word of another library.
    Synonym(Key),
    /// A word of another library without a key of ours, and advice instead.
    Advice(&'static str),
}

impl Vocabulary<'_> {
    /// Returns the help text for an unknown name.
    #[must_use]
    pub fn help(&self, name: &str) -> String {
        let typed = snake_case(name);
        let noun = self.noun;
        match self.meaning(name) {
            Some(Meant::Key(key)) => format!("a similar {noun} exists: `{}`", key.name),
            Some(Meant::Synonym(key)) => format!("here it is `{}`: `{}`", key.name, key.example),
            Some(Meant::Unit(key)) => {
                format!("the unit goes into the value of `{}`: `{}`", key.name, key.example)
            }
            Some(Meant::Advice(advice)) => advice.to_owned(),
            None => match self.related(&typed).as_slice() {
                [] => format!("the {noun}s are\n{}", self.lines()),
                [key] => format!("a similar {noun} exists: `{}`", key.name),
                several => format!("similar {noun}s exist: {}", list(several)),
            },
        }
    }

    /// Returns the meaning of the name, if there is only one. The surest signs come first.
    #[must_use]
    pub fn meaning(&self, name: &str) -> Option<Meant> {
        let typed = snake_case(name);
        let exact = self.keys.iter().find(|key| squeezed(key.name) == squeezed(&typed));
        if let Some(key) = exact {
            return Some(Meant::Key(*key));
        }
        if let Some(meant) = self.synonym(&typed) {
            return Some(meant);
        }
        let without_unit = without_unit(&typed);
        if without_unit != typed {
            if let Some(key) = self.find(without_unit) {
                return Some(Meant::Unit(key));
            }
            if let Some(meant) = self.synonym(without_unit) {
                return Some(meant);
            }
        }
        self.misspelt(&typed)
            .or_else(|| self.misspelt(without_unit))
            .or_else(|| self.contained(without_unit))
            .map(Meant::Key)
    }

    fn find(&self, name: &str) -> Option<Key> {
        self.keys.iter().copied().find(|key| key.name == name)
    }

    fn synonym(&self, word: &str) -> Option<Meant> {
        // Builders call it `with_threshold`, Hystrix `circuitBreaker.sleepWindow`.
        let prefixes = ["", "with_", "set_", "circuit_breaker_", "breaker_", "circuit_", "cb_"];
        prefixes.iter().find_map(|prefix| {
            let rest = word.strip_prefix(prefix)?;
            let own = self.find(rest).filter(|_| !prefix.is_empty());
            own.map(Meant::Key).or_else(|| {
                Some(match foreign::meaning(rest)? {
                    Meaning::Key(key) => Meant::Synonym(self.find(key)?),
                    Meaning::Advice(advice) => Meant::Advice(advice),
                })
            })
        })
    }

    /// Returns the key of which the name is a misspelling. In a longer name two letters may be
    /// wrong, if the first one is right. A name that is a word of some key is not a misspelling of
    /// another key: `rate` does not mean `crate`.
    fn misspelt(&self, typed: &str) -> Option<Key> {
        let distance = |key: &Key| distance(key.name, typed);
        let nearest = self.keys.iter().copied().min_by_key(distance)?;
        let begins_alike = nearest.name.chars().next() == typed.chars().next();
        let allowed = match typed.len() {
            0..=2 => 0,
            _ if !begins_alike => usize::from(self.related(typed).is_empty()),
            3..=5 => 1,
            6..=11 => 2,
            _ => 3,
        };
        (distance(&nearest) <= allowed).then_some(nearest)
    }

    /// Returns the key whose words the name contains, each with at most one wrong letter:
    /// `per_key`, `failure_treshold`. The longest key wins, and among these the last.
    fn contained(&self, typed: &str) -> Option<Key> {
        let typed: Vec<&str> = typed.split('_').collect();
        let place = |key: &Key| {
            let words: Vec<&str> = key.name.split('_').collect();
            let fits = |part: &[&str]| core::iter::zip(part, &words).all(|(a, b)| is_like(a, b));
            let at = typed.windows(words.len()).rposition(fits)?;
            Some((words.len(), at))
        };
        let found = self.keys.iter().filter_map(|key| Some((place(key)?, *key)));
        found.max_by_key(|(place, _)| *place).map(|(_, key)| key)
    }

    /// Returns the keys that begin with the name, or contain it as a word: `cool`, `rate`.
    #[must_use]
    pub fn related(&self, typed: &str) -> Vec<Key> {
        // These words are too vague.
        if typed.len() < 3 || ["max", "after", "calls"].contains(&typed) {
            return Vec::new();
        }
        let is_related = |key: &&Key| {
            key.name.starts_with(typed) || key.name.split('_').any(|word| word == typed)
        };
        let found: Vec<Key> = self.keys.iter().filter(is_related).copied().collect();
        // Prefers `cooldown` to `cooldown_max`, which only bounds it.
        let first =
            found.iter().find(|key| found.iter().all(|other| other.name.starts_with(key.name)));
        first.map_or_else(|| found.clone(), |key| vec![*key])
    }

    /// Lists the keys in lines of at most 80 characters.
    fn lines(&self) -> String {
        let mut text = String::new();
        let mut width = 0;
        for (index, key) in self.keys.iter().enumerate() {
            let comma = if index + 1 < self.keys.len() { "," } else { "" };
            let shown = format!("`{}`{comma}", key.name);
            if width > 0 && width + shown.len() >= 80 {
                text.push('\n');
                width = 0;
            } else if width > 0 {
                text.push(' ');
                width += 1;
            }
            width += shown.len();
            text.push_str(&shown);
        }
        text
    }
}

/// Returns the name in snake case: `failureThreshold` becomes `failure_threshold`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    let mut after_small = false;
    for letter in name.chars() {
        if letter.is_uppercase() && after_small {
            snake.push('_');
        }
        after_small = letter.is_lowercase() || letter.is_ascii_digit();
        snake.extend(letter.to_lowercase());
    }
    snake
}

fn squeezed(name: &str) -> String {
    name.replace('_', "")
}

/// Returns the name without a unit at its end.
fn without_unit(name: &str) -> &str {
    const UNITS: [&str; 26] = [
        "_in_milliseconds",
        "_in_millis",
        "_in_seconds",
        "_in_ms",
        "_in_secs",
        "_in_minutes",
        "_milliseconds",
        "_millisecond",
        "_millis",
        "_msecs",
        "_msec",
        "_ms",
        "_seconds",
        "_second",
        "_secs",
        "_sec",
        "_s",
        "_minutes",
        "_mins",
        "_min",
        "_m",
        "_hours",
        "_h",
        "_percentage",
        "_percent",
        "_pct",
    ];
    UNITS.iter().find_map(|unit| name.strip_suffix(unit)).unwrap_or(name)
}

fn is_like(typed: &str, word: &str) -> bool {
    typed == word
        || typed.strip_suffix('s') == Some(word)
        || word.strip_suffix('s') == Some(typed)
        || typed.len() >= 6 && distance(typed, word) <= 1
}

fn list(keys: &[Key]) -> String {
    keys.iter().map(|key| format!("`{}`", key.name)).collect::<Vec<_>>().join(", ")
}

/// Returns the number of letters that must be inserted, left out, changed, or exchanged with the
/// next, to turn one word into the other (Damerau and Levenshtein; no letter takes part twice).
#[must_use]
pub fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    let mut left = None;
    for (row, letter) in one.chars().enumerate() {
        let mut next = vec![row + 1];
        for (column, &opposite) in other.iter().enumerate() {
            let mut cost = (last[column] + usize::from(letter != opposite))
                .min(last[column + 1] + 1)
                .min(next[column] + 1);
            if column > 0 && left == Some(opposite) && other[column - 1] == letter {
                cost = cost.min(before_last[column - 1] + 1);
            }
            next.push(cost);
        }
        before_last = core::mem::replace(&mut last, next);
        left = Some(letter);
    }
    last[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_what_a_hand_slips_on() {
        for (one, other, letters) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("treshold", "threshold", 1),
            ("nmae", "name", 1),
            ("jitter", "jitterr", 1),
            ("probse", "probes", 1),
            ("cooldwon", "cooldown", 1),
            ("kitten", "sitting", 3),
            ("\u{f6}l", "ol", 1),
        ] {
            assert_eq!(distance(one, other), letters, "{one} {other}");
            assert_eq!(distance(other, one), letters, "{other} {one}");
        }
    }

    #[test]
    fn list_of_keys_is_broken_into_lines() {
        let keys: Vec<_> = crate::written::PARAMETERS.iter().map(|it| it.key).collect();
        let list = Vocabulary { keys: &keys, noun: "key" }.lines();
        assert!(list.lines().count() > 2 && list.lines().all(|line| line.len() <= 80), "{list}");
        assert!(keys.iter().all(|key| list.contains(&format!("`{}`", key.name))));
    }
}
