//! Other libraries' words for the keys of this attribute.
//!
//! They come from resilience4j, Hystrix, Failsafe, `MicroProfile` Fault Tolerance, Polly, Akka,
//! Sentinel, Envoy, opossum, gobreaker, pybreaker, and the crates failsafe, recloser,
//! tower-resilience and circuit-breaker, in snake case and without units.

/// The meaning of another library's word here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The key with the same effect.
    Key(&'static str),
    /// Advice, since no key has this effect.
    Advice(&'static str),
}

use Meaning::{Advice, Key};

/// Returns the words that have a meaning, with their keys or advice.
pub fn meanings() -> impl Iterator<Item = (&'static str, Meaning)> {
    MEANINGS
        .iter()
        .flat_map(|(words, meaning)| words.split_whitespace().map(|word| (word, *meaning)))
}

/// Looks up the meaning of a word.
pub(super) fn meaning(word: &str) -> Option<Meaning> {
    let row = MEANINGS.iter().find(|(words, _)| words.split_whitespace().any(|one| one == word));
    row.map(|(_, meaning)| *meaning)
}

const MEANINGS: &[(&str, Meaning)] = &[
    ("command_key command_name group circuit_name breaker_name service id label", Key("name")),
    (
        "failure_threshold failures_threshold error_threshold errors_threshold fail_threshold \
         max_failures max_failure max_errors max_error max_fails fail_max failures errors failure_limit \
         error_limit allowed_failures consecutive_failures consecutive_errors consecutive_failure \
         consecutive_5xx consecutive_gateway_errors trip_after trip_threshold max_consecutive_failures \
         handled_events_allowed_before_breaking exceptions_allowed_before_breaking limit tolerance \
         failures_before_open failures_to_open open_after",
        Key("threshold"),
    ),
    ("tenant tenants tenant_id per_tenant partition partition_key shard", Key("key")),
    (
        "success_rate success_ratio success_rate_threshold success_percentage min_success_rate",
        Advice("here it is `failure_rate`, the share that fails: `failure_rate = 0.5`"),
    ),
    (
        "bucket_count buckets num_buckets number_of_buckets window_buckets rolling_count_buckets",
        Advice(
            "a `Config` has it: `Config::builder().window_buckets(Duration::from_secs(10), 20)` and a rule, given by `config = TUNING`",
        ),
    ),
    (
        "failure_rate_threshold error_rate error_rate_threshold error_threshold_percentage \
         failure_ratio error_ratio failure_percentage error_percentage error_percent failure_percent \
         failure_threshold_percentage failure_rate_percent max_failure_rate max_error_rate ratio \
         failure_threshold_ratio failure_rate_percentage",
        Key("failure_rate"),
    ),
    ("error_count max_failures_in_window failures_in_window", Key("failure_count")),
    (
        "sliding_window sliding_window_size sliding_window_type sliding_window_duration window_size \
         window_duration window_length window_type ring_buffer_size ring_buffer_size_in_closed_state \
         samples size sampling_duration sample_duration sampling_window rolling_window rolling_duration \
         rolling_count_timeout rolling_stats_time metrics_rolling_stats_time \
         failure_thresholding_period thresholding_period stat_interval interval closed_len \
         bucket_period",
        Key("window"),
    ),
    (
        "minimum_number_of_calls minimum_calls min_number_of_calls minimum_throughput min_throughput \
         request_volume_threshold volume_threshold min_request_amount min_requests minimum_requests \
         min_samples minimum_samples failure_execution_threshold execution_threshold",
        Key("min_calls"),
    ),
    (
        "slow_call_duration_threshold slow_call_duration slow_threshold slow_call_threshold \
         slow_duration slow_after max_allowed_rt max_rt latency_threshold",
        Key("slow_call"),
    ),
    (
        "slow_call_rate_threshold slow_call_rate slow_ratio slow_ratio_threshold slow_call_ratio \
         slow_rate_threshold slow_call_percentage",
        Key("slow_rate"),
    ),
    (
        "reset_timeout recovery_timeout recovery_time recovery_duration wait_duration \
         wait_duration_in_open wait_duration_in_open_state wait_in_open_state wait_time wait open_for \
         open_duration open_time open_timeout open_wait open_state_timeout open_period break_duration \
         break_for break_time duration_of_break duration sleep_window sleep_time sleep delay \
         delay_unit retry_timeout time_window base_ejection_time fail_timeout half_open_after \
         half_open_timeout reset_after recovery_window cool_off cooling_period cool_down_period \
         timeout_open",
        Key("cooldown"),
    ),
    (
        "exponential_backoff exponential_backoff_factor exponential_backoff_multiplier \
         backoff_factor backoff_multiplier multiplier exponential wait_interval_function \
         wait_interval_function_in_open_state",
        Key("backoff"),
    ),
    (
        "max_reset_timeout max_wait_duration_in_open_state max_cooldown max_backoff backoff_max \
         max_ejection_time max_delay max_open_duration",
        Key("cooldown_max"),
    ),
    ("random_factor randomized_wait_factor randomization_factor randomization", Key("jitter")),
    (
        "half_open_max_calls half_open_calls half_open_requests half_open_max_requests \
         half_open_limit half_open_permits half_open_concurrency half_open_len max_requests \
         permitted_calls permitted_calls_in_half_open permitted_number_of_calls \
         permitted_calls_in_half_open_state permitted_number_of_calls_in_half_open_state \
         max_half_open_calls max_half_open_requests trial_calls trials test_requests",
        Key("probes"),
    ),
    (
        "half_open_success_threshold half_open_successes successes required_successes \
         success_count consecutive_successes success_after close_after min_successes",
        Key("success_threshold"),
    ),
    (
        "max_wait_duration_in_half_open_state max_wait_duration_in_half_open max_half_open_duration \
         half_open_max_duration",
        Key("probe_timeout"),
    ),
    (
        "is_failure is_error failure_if fail_on fail_if failure_on record record_exceptions \
         record_exception record_result record_failure_predicate record_result_predicate \
         should_handle handle handle_if handle_result expected_exception expected_exceptions \
         predicate failure_predicate failure_policy failure_classifier classifier is_successful \
         should_record failure_when error_predicate",
        Key("failure"),
    ),
    (
        "ignore_exceptions ignore_exception ignore_errors ignore_error ignored_errors exclude \
         excluded excluded_exceptions exclude_errors skip_on is_excluded is_ignored error_filter \
         ignore_exception_predicate ignore_if",
        Key("ignore"),
    ),
    ("open_on trip_on trip_if force_open_on", Key("trip")),
    (
        "delay_fn delay_function break_duration_generator retry_after_fn retry_after_header \
         retry_hint",
        Key("retry_after"),
    ),
    (
        "call_timeout request_timeout execution_timeout time_limit time_limiter deadline \
         execution_isolation_thread_timeout timeout_duration",
        Key("timeout"),
    ),
    ("fallback_method fallback_function fallback_to or_else on_rejected", Key("fallback")),
    ("fail_on_context_cancel on_drop cancelled cancel", Key("on_cancel")),
    ("map_error map_err error_map error_mapper into_error", Key("error")),
    (
        "retries retry max_retries retry_count num_retries attempts max_attempts tries max_tries \
         retry_policy retry_on retry_delay",
        Advice(
            "retries go outside, where they stop when the breaker opens: retry the guarded function",
        ),
    ),
    (
        "on_open on_opened on_close on_closed on_half_open on_half_opened on_state_change \
         on_state_transition on_transition on_reset on_event on_break on_trip on_failure on_error \
         on_success on_call on_reject listener listeners callback callbacks event_consumer \
         event_listener observer subscribe",
        Advice("listen at run time: `Registry::global().on_event(|event| ...)`"),
    ),
    (
        "max_concurrent max_concurrent_calls max_concurrency concurrency concurrency_limit bulkhead \
         max_in_flight capacity semaphore rate_limit rate_limiter limit_for_period",
        Advice(
            "a breaker does not limit calls; wait for a permit of a semaphore inside the function",
        ),
    ),
    (
        "force_open force_closed force_close enabled enable disabled disable manual_control isolated \
         initial_state state",
        Advice(
            "steer it at run time: `Registry::global().get(\"llm\")`, then `force_open()` or `disable()`",
        ),
    ),
    (
        "automatic_transition_from_open_to_half_open_enabled automatic_transition \
         auto_transition half_open auto_reset writable_stack_trace_enabled",
        Advice("leave it out: the first call after the cooldown is a probe"),
    ),
    (
        "log logging log_level tracing metrics telemetry instrument",
        Advice("leave it out: the feature `tracing` of `breakerbox` logs each transition"),
    ),
    (
        "storage state_storage redis",
        Advice("leave it out: functions of one process share a breaker by its `name`"),
    ),
    (
        "cache memoize cached",
        Advice("leave it out, and put the attribute of a cache above or below"),
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn word_stands_for_one_thing() {
        let mut seen = BTreeSet::new();
        for word in MEANINGS.iter().flat_map(|(words, _)| words.split_whitespace()) {
            assert!(seen.insert(word), "{word} is listed twice");
        }
    }
}
