//! From the header of a case to the tuning of a breaker.

use std::time::Duration;

use breakerbox::{Config, ConfigBuilder, ConfigError, Name};

use crate::action::whole;
use crate::case::Header;

/// A window that only measures: longer than any case, and nothing is judged by it.
const MEASURING_WINDOW: &str = "count:1000000";

/// The tuning of a header as a program that loads it would build it: what is
/// not said is left to the crate's defaults.
///
/// # Errors
/// The key that is wrong, in the spelling of the format.
pub(crate) fn check(header: &Header) -> Result<(), String> {
    if header.get("name").is_some_and(|name| Name::check(name).is_err()) {
        return Err("name".to_owned());
    }
    let one_of = |key: &str, words: &[&str]| {
        let fits = header.get(key).is_none_or(|value| words.contains(&value));
        if fits { Ok(()) } else { Err(key.to_owned()) }
    };
    one_of("policy", &["consecutive", "rate", "count"])?;
    one_of("initial", &["closed", "open", "disabled", "metrics_only"])?;
    one_of("fallback", &["none", "ok", "err", "panic"])?;
    build(builder(header)?).map(|_| ())
}

/// The tuning of a case that runs. What it does not say is as the format has it:
/// one failure trips, no minimum, a second of cooldown, as many successes close
/// as there are probes, and a probe may be out for ever. `measures`: with a
/// window to read counts off, if the policy needs none.
///
/// Two zeros that the crate refuses have a meaning in the format: no minimum,
/// which is a minimum of one call, and no cooldown (see [`is_immediate`]).
///
/// A slow call trips by the rate of the header, or if there is none, when all
/// calls are slow: so the format's reference has it. (Left to itself, the crate
/// would count a slow call as a failure.)
///
/// # Errors
/// As [`check`].
pub(crate) fn of_run(header: &Header, measures: bool) -> Result<Config, String> {
    let mut full = header.clone();
    match header.get("policy") {
        Some("rate") => full.remove("threshold"),
        _ => full.remove("rate"),
    }
    let is_judged = matches!(header.get("policy"), Some("rate" | "count"));
    let has_window = header.get("window").is_some_and(|window| window != "all");
    if !is_judged && !has_window {
        full.remove("window");
        if measures || header.get("slow").is_some() {
            full.set("window", MEASURING_WINDOW);
        }
    }
    if header.get("min") == Some("0") {
        full.set("min", "1");
    }
    if header.get("slow").is_none() {
        full.remove("slow_rate");
    } else {
        full.set_default("slow_rate", "1");
    }
    if is_immediate(header) {
        full.set("cooldown", "1ms");
    }
    if header.get("policy") != Some("rate") {
        full.set_default("threshold", "1");
    }
    full.set_default("min", "1");
    full.set_default("cooldown", "1000ms");
    full.set_default("close_after", header.get("probes").unwrap_or("1"));
    let mut builder = builder(&full)?;
    if header.get("probe_timeout").is_none() {
        builder = builder.probe_timeout(Duration::MAX);
    }
    build(builder)
}

/// Returns true if the cooldown is zero. The crate refuses that as a cooldown, but opens
/// for no time at all if it is asked to by hand.
pub(crate) fn is_immediate(header: &Header) -> bool {
    let base = header.get("cooldown").map(|cooldown| {
        let text = cooldown.strip_prefix("exp:").unwrap_or(cooldown);
        text.split(['x', ',']).next().unwrap_or(text)
    });
    base.and_then(duration) == Some(Duration::ZERO)
}

fn build(builder: ConfigBuilder) -> Result<Config, String> {
    builder.build().map_err(|error: ConfigError| match error.key() {
        "failure_rate" => "rate".to_owned(),
        "failure_count" => "threshold".to_owned(),
        "min_calls" => "min".to_owned(),
        "slow_call" => "slow".to_owned(),
        "success_threshold" => "close_after".to_owned(),
        "backoff" | "cooldown_max" => "cooldown".to_owned(),
        key => key.to_owned(),
    })
}

/// Hands each key to the setter that stands for it.
fn builder(header: &Header) -> Result<ConfigBuilder, String> {
    let mut builder = Config::builder();
    let number = |key: &str| value(header, key, whole::<u64>);
    let rate = |key: &str| value(header, key, |text| text.parse::<f64>().ok());
    let length = |key: &str| value(header, key, duration);
    if let Some(failures) = number("threshold")? {
        builder = match header.get("policy") {
            Some("count") => builder.failure_count(failures),
            _ => builder.threshold(failures),
        };
    }
    if let Some(rate) = rate("rate")? {
        builder = builder.failure_rate(rate);
    }
    if let Some(window) = header.get("window") {
        builder = with_window(builder, window).ok_or("window")?;
    }
    if let Some(calls) = number("min")? {
        builder = builder.min_calls(calls);
    }
    if let Some(length) = length("slow")? {
        builder = builder.slow_call(length);
    }
    if let Some(rate) = rate("slow_rate")? {
        builder = builder.slow_rate(rate);
    }
    if let Some(cooldown) = header.get("cooldown") {
        builder = with_cooldown(builder, cooldown).ok_or("cooldown")?;
    }
    if let Some(probes) = number("probes")? {
        builder = builder.probes(probes);
    }
    if let Some(successes) = number("close_after")? {
        builder = builder.success_threshold(successes);
    }
    if let Some(timeout) = length("probe_timeout")? {
        builder = builder.probe_timeout(timeout);
    }
    Ok(builder)
}

fn value<T>(
    header: &Header,
    key: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, String> {
    let parse = |text| parse(text).ok_or_else(|| key.to_owned());
    header.get(key).map(parse).transpose()
}

/// `count:N`, `time:D`, `time:D/BUCKETS`.
fn with_window(builder: ConfigBuilder, window: &str) -> Option<ConfigBuilder> {
    let (kind, size) = window.split_once(':')?;
    match (kind, size.split_once('/')) {
        ("count", _) => Some(builder.window_calls(whole(size)?)),
        ("time", None) => Some(builder.window_time(duration(size)?)),
        ("time", Some((length, buckets))) => {
            Some(builder.window_buckets(duration(length)?, whole(buckets)?))
        }
        _ => None,
    }
}

/// `D`, `exp:BASExFACTOR`, `exp:BASExFACTOR,MAX`.
fn with_cooldown(builder: ConfigBuilder, cooldown: &str) -> Option<ConfigBuilder> {
    let Some(growing) = cooldown.strip_prefix("exp:") else {
        return Some(builder.cooldown(duration(cooldown)?));
    };
    let (growing, max) = match growing.split_once(',') {
        Some((growing, max)) => (growing, Some(duration(max)?)),
        None => (growing, None),
    };
    let (base, factor) = growing.split_once('x')?;
    let builder = builder.cooldown(duration(base)?).backoff(factor.parse().ok()?);
    Some(max.map_or(builder, |max| builder.cooldown_max(max)))
}

/// `250ms`, `30s`, `5m`, `1h`.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let at = text.find(|char: char| !char.is_ascii_digit())?;
    let number: u128 = whole(&text[..at])?;
    let ms = match &text[at..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let ms = number.saturating_mul(ms);
    let seconds = u64::try_from(ms / 1_000);
    let rest = u32::try_from(ms % 1_000).unwrap_or_default() * 1_000_000;
    Some(seconds.map_or(Duration::MAX, |seconds| Duration::new(seconds, rest)))
}
