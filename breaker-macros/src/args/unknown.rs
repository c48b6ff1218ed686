//! The error for a key that is not in the table.

use breaker_core::written::Vocabulary;
use syn::Ident;
use syn::ext::IdentExt;

use super::keys::KEYS;
use crate::diagnostics::error;

const ARGUMENTS: Vocabulary<'static> = Vocabulary { keys: KEYS, noun: "argument" };

/// Reports the key, with the keys that the user may have meant.
pub(super) fn unknown(ident: &Ident) -> syn::Error {
    let name = ident.unraw().to_string();
    if name == "skip" {
        let wrong = "`skip` stands alone, on a method of an annotated `impl` block";
        let help = "write `#[circuit_breaker(skip)]` there, by this very name, or nothing here";
        return error(ident, wrong, help);
    }
    error(ident, format_args!("unknown argument `{name}`"), ARGUMENTS.help(&name))
}

#[cfg(test)]
mod tests {
    use breaker_core::written::Meant;
    use breaker_core::written::foreign::{Meaning, meanings};

    use super::*;
    use crate::args::keys;

    #[test]
    fn word_of_another_library_is_no_key_and_leads_to_one() {
        for (word, meaning) in meanings() {
            assert!(keys::find(word).is_none(), "{word} is a key");
            if let Meaning::Key(key) = meaning {
                assert!(keys::find(key).is_some(), "{key} is no key");
            }
        }
    }

    /// The keys that the help for this name shows.
    fn hinted(name: &str) -> String {
        match ARGUMENTS.meaning(name) {
            Some(Meant::Key(key) | Meant::Unit(key) | Meant::Synonym(key)) => key.name.to_owned(),
            Some(Meant::Advice(_)) => "advice".into(),
            None => ARGUMENTS
                .related(&name.to_lowercase())
                .iter()
                .map(|key| key.name)
                .collect::<Vec<_>>()
                .join(" "),
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
            ("count", "failure_count count_calls"),
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
}
