//! Attributes as users write them, grouped by the functions that they fit.

/// Attributes that fit every item of [`super::items`] except those in `UNFIT`.
pub(super) const FOR_ALL: &[&str] = &[
    "",
    "name = \"llm\"",
    "name = \"llm\",",
    "name = names::LLM, threshold = 5",
    "name = concat!(\"llm\", \"/\", env!(\"CARGO_PKG_NAME\"))",
    "threshold = 1, cooldown = \"10s\"",
    "name = \"llm\", threshold = LIMIT, cooldown = COOLDOWN, probes = limits::PROBES",
    "failure_rate = 0.5, window = \"10s\", min_calls = 4",
    "failure_rate = 1, window = 250",
    "failure_count = 20, window = \"1m30s\"",
    "failure_rate = RATE, min_calls = 1_000, window = 1_000",
    "slow_call = \"2s\", slow_rate = 0.5, window = \"1m\"",
    "slow_call = \"1.5s\"",
    "cooldown = \"10s\", backoff = 2.0, cooldown_max = \"5m\", backoff_reset = \"9m\", jitter = 0.2",
    "probes = 2, success_threshold = 3, probe_timeout = \"1m30s\"",
    "count_calls = true, threshold = 3",
    "count_calls = COUNTS",
    "failure = Err(_)",
    "failure = Err(Error::Overloaded | Error::Timeout { .. })",
    "failure(Err(_), Ok(response) if response.status() >= 500)",
    "failure(Err(_), Ok(Response { status: 500..=599, .. })), ignore = Err(Error::BadRequest)",
    "ignore(Err(Error::BadRequest), Err(e) if e.is_ours())",
    "trip(Err(Error::Unauthorized), Err(Error::Quota { left: 0 }))",
    "failure = None, fallback = Some(0)",
    "failure = \"\", fallback = \"none\"",
    "retry_after = |output| output.as_ref().err().and_then(|busy| busy.retry_after)",
    "retry_after = Error::retry_after, threshold = 1",
    "key = model",
    "name = \"llm\", key = format_args!(\"{model}:{}\", size + 1), threshold = 3",
    "breaker = BREAKER",
    "breaker = *self.breakers.get(\"llm\").unwrap_or(&self.breaker)",
    "breaker = self.breaker, ignore = Err(_)",
    "fallback = Ok(Reply::canned())",
    "fallback = Self::answer(&SPARE, 1).await",
    "fallback = { let spare = SPARE; Ok(spare) }",
    "fallback = Err(Error::Down), fallback_on = \"rejection\"",
    "error = |error| error.to_string()",
    "error = Error::Rejected, name = r\"llm\"",
    "crate = ::my_framework::breakerbox, name = \"llm\"",
    "crate = crate::breakerbox",
    "name = \"llm\", failure_rate = 0.5, window = \"1m\", slow_call = \"20s\", cooldown = \"10s\", \
     backoff = 2.0, cooldown_max = \"5m\", jitter = 0.2, trip = Err(Error::Unauthorized), \
     ignore = Err(Error::BadRequest), \
     retry_after = |output| match output { Err(Error::Overloaded(wait)) => *wait, _ => None }",
];

/// Attributes that fit the functions in `CALLS` and `ASYNC_CALLS`.
pub(super) const FOR_CALLS: &[&str] = &[
    "name = \"llm\", threshold = 5, cooldown = \"30s\", fallback = canned",
    "fallback = local::<Small>, fallback_on = \"failure\"",
    "fallback = |prompt| Ok(format!(\"{prompt}? Later.\"))",
    "fallback = |_| Ok(SPARE), failure(Err(_) if true)",
    "fallback = |prompt: String, cause: Cause<Reply>| -> Reply { answer(prompt, cause) }",
    "fallback_on = \"failure\", fallback = |prompt, cause| match cause { \
     Cause::Rejected(error) => Ok(format!(\"{prompt:?}: {error}\")), Cause::Failed(output) => output }",
    "fallback_on = \"failure\", fallback = Ok(prompt.len()), trip = Err(Error::Unauthorized)",
];

/// Attributes that fit the functions in `ASYNC_CALLS`.
pub(super) const FOR_ASYNC: &[&str] = &[
    "on_cancel = \"failure\"",
    "on_cancel = \"ignore\", slow_call = \"1s\"",
    "fallback = async |prompt| local(prompt).await",
    "fallback = |prompt, _| async move { local(prompt).await }",
    #[cfg(feature = "tokio")]
    "timeout = \"10s\"",
    #[cfg(feature = "tokio")]
    "timeout = PATIENCE, error = |error| error.to_string()",
    #[cfg(feature = "tokio")]
    "timeout = \"1s\", fallback_on = \"failure\", fallback = |_, cause| Err(Error::from(cause))",
];
