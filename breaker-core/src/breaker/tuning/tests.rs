use super::*;
use crate::config::ConfigBuilder;
use crate::state::status::Tracking;

#[test]
fn config_reads_back_as_it_was_made() {
    let ms = Duration::from_millis;
    let base = Config::builder;
    let flapping =
        || base().backoff(1.5).cooldown_max(ms(60_000)).window_time(ms(10_000)).threshold(3);
    let configs = [
        base(),
        base().threshold(65_535).probes(255).success_threshold(254),
        base().failure_rate(0.1).window_calls(7),
        base().failure_rate(1.0).failure_count(3).min_calls(5).threshold(2),
        base().failure_count(1_000_000).window_calls(1_000_000),
        base().slow_call(Duration::from_nanos(1)).slow_rate(0.25).window_time(ms(10_000)),
        base().failure_count(3).window_buckets(ms(86_400_000), 60).min_calls(1_000_000),
        base().window_calls(20),
        base().cooldown(ms(1)).backoff(1.5).cooldown_max(ms(7)).jitter(0.3).jitter_seed(9),
        base().cooldown(Duration::MAX).probe_timeout(ms(3)).jitter(1.0),
        base().probe_timeout(Duration::MAX).jitter(0.123_456),
        flapping().backoff_reset(ms(1)),
        flapping().backoff_reset(ms(0xff_ffff)).probes(255).success_threshold(255),
        flapping().backoff_reset(ms(0x100_0001)).failure_count(1_000_000).min_calls(1_000_000),
        flapping().backoff_reset(ms((1 << 31) - 1)),
        flapping().backoff_reset(Duration::from_secs(86_400 * 365)),
        flapping().backoff_reset(Duration::MAX),
    ];
    for config in configs {
        let config = config.build().unwrap();
        let tuning = Tuning::new(config);
        assert_eq!(tuning.config(), config);
        tuning.replace(Config::new());
        assert_eq!(tuning.config(), Config::new());
    }
}

#[test]
fn longest_window_in_odd_buckets_reads_back() {
    for buckets in 1..=60 {
        let day = Duration::from_secs(86_400);
        let builder = Config::builder().threshold(2).window_buckets(day, buckets);
        let tuning = Tuning::new(builder.build().unwrap());
        let read = tuning.config();
        assert_eq!((read.threshold(), read.window().is_some()), (Some(2), true));
        assert_eq!(Tuning::new(read).shape(), tuning.shape());
    }
}

#[test]
fn tuning_replaced_reads_back() {
    let tuning = Tuning::new(Config::new());
    let config = Config::builder()
        .threshold(65_535)
        .failure_count(1_000_000)
        .window_time(Duration::from_secs(86_400))
        .slow_call(Duration::MAX)
        .slow_rate(1.0)
        .probes(255)
        .success_threshold(254)
        .cooldown(Duration::from_micros(1))
        .probe_timeout(Duration::MAX)
        .build()
        .unwrap();
    tuning.replace(config);
    let limits = tuning.limits();
    assert_eq!((limits.threshold, limits.probes, limits.success_threshold), (65_535, 255, 254));
    let rates = tuning.rates();
    assert_eq!((rates.failure_rate, rates.failure_count), (None, Some(1_000_000)));
    assert_eq!((rates.slow_rate, rates.min_calls, rates.count_min), (Some(1.0), 10, 0));
    assert_eq!(tuning.slow_call(), Some(Duration::from_nanos(NEVER_SLOW - 1)));
    assert_eq!(tuning.cooldown().base.bits(), 1);
    assert_eq!(tuning.probe_timeout(), crate::clock::Span::FOREVER);
}

#[test]
fn calls_are_timed_for_slow_call_or_listeners_and_recorded_for_a_window() {
    let slow = || Config::builder().slow_call(Duration::from_secs(1));
    let told = |config: ConfigBuilder, listens: bool| {
        let tuning = Tuning::new(config.build().unwrap());
        tuning.time_calls(listens);
        let Tracking { timed, recorded, .. } = tuning.tracking();
        assert_eq!(timed, tuning.is_timed());
        [timed, tuning.is_timed_for_listeners(), recorded]
    };
    for (config, listens, wanted) in [
        (Config::builder(), false, [false, false, false]),
        (Config::builder(), true, [true, true, false]),
        (Config::builder().window_calls(10), false, [false, false, true]),
        (Config::builder().window_calls(10), true, [true, true, true]),
        (slow(), false, [true, false, false]),
        (slow(), true, [true, true, false]),
    ] {
        assert_eq!(told(config, listens), wanted, "{config:?}, {listens}");
    }
}

#[test]
fn config_that_is_replaced_keeps_the_calls_timed_for_listeners() {
    let slow = Config::builder().slow_call(Duration::from_secs(1)).build_const();
    let tuning = Tuning::new(Config::new());
    tuning.time_calls(true);
    for config in [slow, Config::new(), slow] {
        tuning.replace(config);
        assert!(tuning.is_timed() && tuning.is_timed_for_listeners());
        assert_eq!(tuning.slow_call(), config.slow_call());
    }
    tuning.time_calls(false);
    assert_eq!((tuning.is_timed_for_listeners(), tuning.slow_call()), (false, slow.slow_call()));
}
