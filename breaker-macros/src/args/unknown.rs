//! The error for a key that is not in the table: what was meant, if it can be told.

use syn::Ident;
use syn::ext::IdentExt;

use super::foreign::{self, Meaning};
use super::keys::{self, KEYS, Key};
use crate::diagnostics::error;

/// The error for a key that is not in the table.
pub(super) fn unknown(ident: &Ident) -> syn::Error {
    let name = ident.unraw().to_string();
    if name == "skip" {
        let wrong = "`skip` stands alone, on a method of an annotated `impl` block";
        let help = "write `#[circuit_breaker(skip)]` there, by this very name, or nothing here";
        return error(ident, wrong, help);
    }
    error(ident, format_args!("unknown argument `{name}`"), help(&name))
}

fn help(name: &str) -> String {
    let typed = snake_case(name);
    match meaning(&typed) {
        Some(Meant::Key(key)) => format!("a similar argument exists: `{}`", key.name),
        Some(Meant::Synonym(key)) => format!("here it is `{}`: `{}`", key.name, key.example),
        Some(Meant::Unit(key)) => {
            format!("the unit goes into the value of `{}`: `{}`", key.name, key.example)
        }
        Some(Meant::Advice(advice)) => advice.to_owned(),
        None => match related(&typed).as_slice() {
            [] => format!("the arguments are\n{}", lines(KEYS)),
            [key] => format!("a similar argument exists: `{}`", key.name),
            several => format!("similar arguments exist: {}", list(several)),
        },
    }
}

enum Meant {
    /// A key of ours, misspelt.
    Key(Key),
    /// A key of ours with a unit behind it.
    Unit(Key),
    /// A word of another library.
    Synonym(Key),
    Advice(&'static str),
}

/// What was meant, if it is one thing. The surest signs come first.
fn meaning(typed: &str) -> Option<Meant> {
    let exact = KEYS.iter().find(|key| squeezed(key.name) == squeezed(typed));
    if let Some(key) = exact {
        return Some(Meant::Key(*key));
    }
    if let Some(meant) = synonym(typed) {
        return Some(meant);
    }
    let without_unit = without_unit(typed);
    if without_unit != typed {
        if let Some(key) = keys::find(without_unit) {
            return Some(Meant::Unit(key));
        }
        if let Some(meant) = synonym(without_unit) {
            return Some(meant);
        }
    }
    misspelt(typed)
        .or_else(|| misspelt(without_unit))
        .or_else(|| contained(without_unit))
        .map(Meant::Key)
}

fn synonym(word: &str) -> Option<Meant> {
    // Builders call it `with_threshold`, Hystrix `circuitBreaker.sleepWindow`.
    let prefixes = ["", "with_", "set_", "circuit_breaker_", "breaker_", "circuit_", "cb_"];
    prefixes.iter().find_map(|prefix| {
        let rest = word.strip_prefix(prefix)?;
        let own = keys::find(rest).filter(|_| !prefix.is_empty());
        own.map(Meant::Key).or_else(|| {
            Some(match foreign::meaning(rest)? {
                Meaning::Key(key) => Meant::Synonym(keys::find(key)?),
                Meaning::Advice(advice) => Meant::Advice(advice),
            })
        })
    })
}

/// The name in snake case: `failureThreshold` is `failure_threshold`.
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

/// The name without a unit at its end.
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

/// The key that the name is a misspelling of. Two letters may be wrong in a longer name, if the
/// first one is right. A name that is a word of some key is no misspelling of another one, as
/// `rate` is none of `crate`.
fn misspelt(typed: &str) -> Option<Key> {
    let distance = |key: &Key| strsim::damerau_levenshtein(key.name, typed);
    let nearest = KEYS.iter().copied().min_by_key(distance)?;
    let begins_alike = nearest.name.chars().next() == typed.chars().next();
    let allowed = match typed.len() {
        0..=2 => 0,
        _ if !begins_alike => usize::from(related(typed).is_empty()),
        3..=5 => 1,
        6..=11 => 2,
        _ => 3,
    };
    (distance(&nearest) <= allowed).then_some(nearest)
}

/// The key whose words are in the name, each perhaps with a letter wrong: `per_key`,
/// `failure_treshold`. The longest counts, and of these the last.
fn contained(typed: &str) -> Option<Key> {
    let typed: Vec<&str> = typed.split('_').collect();
    let place = |key: &Key| {
        let words: Vec<&str> = key.name.split('_').collect();
        let fits = |part: &[&str]| core::iter::zip(part, &words).all(|(a, b)| is_like(a, b));
        let at = typed.windows(words.len()).rposition(fits)?;
        Some((words.len(), at))
    };
    let found = KEYS.iter().filter_map(|key| Some((place(key)?, *key)));
    found.max_by_key(|(place, _)| *place).map(|(_, key)| key)
}

fn is_like(typed: &str, word: &str) -> bool {
    let distance = || strsim::damerau_levenshtein(typed, word);
    typed == word
        || typed.strip_suffix('s') == Some(word)
        || word.strip_suffix('s') == Some(typed)
        || typed.len() >= 6 && distance() <= 1
}

/// The keys that begin with the name, and those that have it for a word: `cool`, `rate`.
fn related(typed: &str) -> Vec<Key> {
    // These words say too little.
    if typed.len() < 3 || ["max", "after", "calls", "count"].contains(&typed) && typed != "count" {
        return Vec::new();
    }
    let is_related =
        |key: &&Key| key.name.starts_with(typed) || key.name.split('_').any(|word| word == typed);
    let found: Vec<Key> = KEYS.iter().filter(is_related).copied().collect();
    // `cooldown` and not `cooldown_max`, which only bounds it.
    let first = found.iter().find(|key| found.iter().all(|other| other.name.starts_with(key.name)));
    first.map_or_else(|| found.clone(), |key| vec![*key])
}

fn list(keys: &[Key]) -> String {
    keys.iter().map(|key| format!("`{}`", key.name)).collect::<Vec<_>>().join(", ")
}

/// The keys in lines of at most 80 characters.
fn lines(keys: &[Key]) -> String {
    let mut text = String::new();
    let mut width = 0;
    for (index, key) in keys.iter().enumerate() {
        let comma = if index + 1 < keys.len() { "," } else { "" };
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys that the help for this name shows.
    fn hinted(name: &str) -> String {
        match meaning(&snake_case(name)) {
            Some(Meant::Key(key) | Meant::Unit(key) | Meant::Synonym(key)) => key.name.to_owned(),
            Some(Meant::Advice(_)) => "advice".into(),
            None => {
                related(&snake_case(name)).iter().map(|key| key.name).collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[test]
    fn words_of_other_libraries_are_known() {
        for (name, key) in [
            ("failure_threshold", "threshold"),
            ("failureThreshold", "threshold"),
            ("FailureThreshold", "threshold"),
            ("with_failure_threshold", "threshold"),
            ("max_failures", "threshold"),
            ("fail_max", "threshold"),
            ("error_threshold", "threshold"),
            ("errorThresholdPercentage", "failure_rate"),
            ("failure_rate_threshold", "failure_rate"),
            ("failureRatio", "failure_rate"),
            ("errors", "threshold"),
            ("predicate", "failure"),
            ("samples", "window"),
            ("size", "window"),
            ("tenant", "key"),
            ("success_rate", "advice"),
            ("bucket_count", "advice"),
            ("reset_timeout", "cooldown"),
            ("reset_timeout_ms", "cooldown"),
            ("recovery_timeout_secs", "cooldown"),
            ("waitDurationInOpenState", "cooldown"),
            ("circuitBreaker_sleepWindowInMilliseconds", "cooldown"),
            ("sleep_window", "cooldown"),
            ("open_for", "cooldown"),
            ("break_duration", "cooldown"),
            ("delay", "cooldown"),
            ("permittedNumberOfCallsInHalfOpenState", "probes"),
            ("half_open_max_calls", "probes"),
            ("max_requests", "probes"),
            ("slidingWindowSize", "window"),
            ("samplingDuration", "window"),
            ("minimumNumberOfCalls", "min_calls"),
            ("requestVolumeThreshold", "min_calls"),
            ("MinimumThroughput", "min_calls"),
            ("slow_call_duration_threshold", "slow_call"),
            ("slowCallRateThreshold", "slow_rate"),
            ("ShouldHandle", "failure"),
            ("failOn", "failure"),
            ("skipOn", "ignore"),
            ("fallbackMethod", "fallback"),
            ("retries", "advice"),
            ("maxRetries", "advice"),
            ("on_open", "advice"),
            ("onStateChange", "advice"),
            ("bulkhead", "advice"),
        ] {
            assert_eq!(hinted(name), key, "{name}");
        }
    }

    #[test]
    fn near_names_lead_to_the_key() {
        for (name, key) in [
            ("treshold", "threshold"),
            ("thresh", "threshold"),
            ("Threshold", "threshold"),
            ("cool", "cooldown"),
            ("cool_down", "cooldown"),
            ("cooldown_secs", "cooldown"),
            ("coldown_ms", "cooldown"),
            ("timeout_ms", "timeout"),
            ("slow_call_ms", "slow_call"),
            ("failure_rate_percent", "failure_rate"),
            ("failure_treshold", "threshold"),
            ("per_key", "key"),
            ("model_key", "key"),
            ("probe", "probes"),
            ("probe_count", "probes"),
            ("nmae", "name"),
            ("fallbck", "fallback"),
            ("sucess_treshold", "success_threshold"),
            ("failurerate", "failure_rate"),
            ("rate", "failure_rate slow_rate"),
            ("slow", "slow_call slow_rate"),
            ("count", "failure_count"),
        ] {
            assert_eq!(hinted(name), key, "{name}");
        }
    }

    #[test]
    fn far_names_lead_to_none() {
        for name in ["llm", "jitney_x", "max", "fn", "frobnicate", "x", "url", "policy", "after"] {
            assert_eq!(hinted(name), "", "{name}");
        }
        assert_ne!(hinted("filter"), "jitter");
    }

    #[test]
    fn list_of_keys_is_broken_into_lines() {
        let list = lines(KEYS);
        assert!(list.lines().count() > 3 && list.lines().all(|line| line.len() <= 80), "{list}");
        assert!(KEYS.iter().all(|key| list.contains(&format!("`{}`", key.name))));
    }
}
