//! The models that see each change, or the reason why none sees it.

use super::Row;
use super::Seen::{By, ByNone, NotYet};

pub(super) const ROWS: &[Row] = &[
    Row {
        edits: &["`update`: the swap"],
        seen: By(&["readers::open_word_is_read_with_its_whole_episode"]),
    },
    Row {
        edits: &["`update`: the failed swap"],
        seen: By(&[
            "control::events_come_in_the_order_of_their_episodes",
            "control::deadline_of_a_control_stands_against_a_late_hint",
        ]),
    },
    Row {
        edits: &["`StateCell::load`"],
        seen: By(&[
            "readers::open_word_is_read_with_its_whole_episode",
            "control::events_come_in_the_order_of_their_episodes",
        ]),
    },
    Row {
        edits: &["`count_failure`: the swap"],
        seen: By(&[
            "windows::failure_that_fills_the_window_beside_a_slow_call_lets_the_slow_rate_trip",
        ]),
    },
    Row {
        edits: &["`PastRows::add`"],
        seen: ByNone("the number is for people to read, and loom does not follow it"),
    },
    Row {
        edits: &["`PastRows::with`"],
        seen: ByNone("the number is for people to read, and loom does not follow it"),
    },
    Row {
        edits: &["`sync_recorders`: the swap"],
        seen: By(&[
            "windows::failure_that_fills_the_window_beside_a_slow_call_lets_the_slow_rate_trip",
            "windows::late_failure_of_a_call_that_hung_beside_a_slow_call_that_fills_the_window_trips",
        ]),
    },
    Row {
        edits: &["`sync_recorders` does nothing"],
        seen: By(&[
            "windows::failure_that_fills_the_window_beside_a_slow_call_lets_the_slow_rate_trip",
            "windows::late_failure_of_a_call_that_hung_beside_a_slow_call_that_fills_the_window_trips",
        ]),
    },
    Row {
        edits: &["`sync_recorders` not called in `record`"],
        seen: By(&[
            "windows::failure_that_fills_the_window_beside_a_slow_call_lets_the_slow_rate_trip",
        ]),
    },
    Row {
        edits: &["`sync_recorders` not called in `count_recorded`"],
        seen: ByNone(
            "a failure that the word does not count reaches the threshold and trips, or finds another state; but for a word that counts 65,535",
        ),
    },
    Row {
        edits: &["`sync_recorders` not called in `add_failure`"],
        seen: By(&[
            "windows::late_failure_of_a_call_that_hung_beside_a_slow_call_that_fills_the_window_trips",
        ]),
    },
    Row {
        edits: &["`Count::add`"],
        seen: By(&[
            "windows::window_of_calls_trips_once_when_failures_come_together",
            "windows::window_of_calls_trips_by_the_failure_that_fills_it",
        ]),
    },
    Row {
        edits: &["`Count::load`"],
        seen: ByNone("a thread that judges has swapped the count itself, or finds the window full"),
    },
    Row {
        edits: &["`CallWindow::begin`: the last slot"],
        seen: ByNone("loom's swap finds the newest head, whatever the thread has read before it"),
    },
    Row {
        edits: &["`CallWindow::begin`: the episode"],
        seen: ByNone("loom's swap finds the newest head, whatever the thread has read before it"),
    },
    Row {
        edits: &["`CallWindow::begin`: the head"],
        seen: By(&["windows::failure_of_an_old_episode_leaves_the_slots_of_the_new_one"]),
    },
    Row {
        edits: &["`reopen`: the head"],
        seen: By(&["retuned::reader_beside_a_new_config_sees_the_consecutive_failures"]),
    },
    Row {
        edits: &["`take`: the head"],
        seen: ByNone("the load of the head and its swap make up for each other"),
    },
    Row {
        edits: &["`take_at_once`: the head"],
        seen: ByNone("the load of the head and its swap make up for each other"),
    },
    Row {
        edits: &["`swap`: the episode"],
        seen: ByNone("loom's swap finds the newest head, whatever the thread has read before it"),
    },
    Row {
        edits: &["`swap`: the head"],
        seen: ByNone("the load of the head and its swap make up for each other"),
    },
    Row {
        edits: &["`take_at_once`: the head", "`swap`: the head"],
        seen: By(&["retuned::success_beside_a_new_config_ends_the_consecutive_failures"]),
    },
    Row { edits: &["`swap`: the failed swap"], seen: ByNone("the next swap acquires the head") },
    Row {
        edits: &["`find`: the head"],
        seen: By(&["retuned::reader_beside_a_new_config_sees_the_consecutive_failures"]),
    },
    Row {
        edits: &["`find`: the episode"],
        seen: NotYet(
            "a reader of a later episode finds the later head in each order that there is",
        ),
    },
    Row {
        edits: &["`set`: the load"],
        seen: NotYet(
            "a thread would have to load the later chunk at once, not in its failed swap, and the head of before after that",
        ),
    },
    Row {
        edits: &["`set`: the swap"],
        seen: By(&["windows::failure_of_an_old_episode_leaves_the_slots_of_the_new_one"]),
    },
    Row {
        edits: &["`set`: the failed swap"],
        seen: By(&["windows::failure_of_an_old_episode_leaves_the_slots_of_the_new_one"]),
    },
    Row {
        edits: &["`last`"],
        seen: ByNone("loom's swap finds the newest head, and totals that trip are counted again"),
    },
    Row {
        edits: &["`find_limit`: the rates are loaded before the lock"],
        seen: By(&["windows::failure_after_a_new_rate_is_not_judged_by_that_of_before"]),
    },
    Row {
        edits: &["a new config leaves the limit"],
        seen: By(&["windows::failure_after_a_new_rate_is_not_judged_by_that_of_before"]),
    },
    Row {
        edits: &["`advance_to`: the latest bucket"],
        seen: ByNone(
            "a reader compares the number that the past has with its bucket's; each of the two makes up for the other",
        ),
    },
    Row {
        edits: &["`latest`"],
        seen: ByNone(
            "a reader compares the number that the past has with its bucket's; each of the two makes up for the other",
        ),
    },
    Row {
        edits: &["the past is cached after the latest bucket is raised"],
        seen: ByNone(
            "a reader compares the number that the past has with its bucket's; each of the two makes up for the other",
        ),
    },
    Row {
        edits: &["`cached_sums`: the age of the past is not looked at"],
        seen: ByNone("a reader that finds the latest bucket by acquire finds its past"),
    },
    Row {
        edits: &[
            "`advance_to`: the latest bucket",
            "`cached_sums`: the age of the past is not looked at",
        ],
        seen: By(&["shards::failure_of_a_new_bucket_in_a_shard_is_seen_with_its_call"]),
    },
    Row {
        edits: &["`latest`", "`cached_sums`: the age of the past is not looked at"],
        seen: By(&["shards::failure_of_a_new_bucket_in_a_shard_is_seen_with_its_call"]),
    },
    Row {
        edits: &[
            "the past is cached after the latest bucket is raised",
            "`cached_sums`: the age of the past is not looked at",
        ],
        seen: By(&["shards::failure_of_a_new_bucket_in_a_shard_is_seen_with_its_call"]),
    },
    Row {
        edits: &["`sweep`: a count"],
        seen: By(&["windows::window_moves_on_by_half_a_round_without_losing_or_keeping_a_record"]),
    },
    Row {
        edits: &["`add` to a shared count"],
        seen: By(&[
            "shards::failure_in_the_shared_stripe_is_seen_with_its_call",
            "windows::window_moves_on_by_half_a_round_without_losing_or_keeping_a_record",
        ]),
    },
    Row {
        edits: &["`cached_sums`: the past"],
        seen: ByNone(
            "the past is stored relaxed, and each of its words is whole: the load pairs with nothing",
        ),
    },
    Row {
        edits: &["`cached_sums`: a count"],
        seen: By(&[
            "shards::failure_in_a_shard_is_seen_with_its_call",
            "shards::failure_of_a_new_bucket_in_a_shard_is_seen_with_its_call",
        ]),
    },
    Row {
        edits: &["`scan`: a count"],
        seen: By(&["shards::failure_in_the_shared_stripe_is_seen_with_its_call"]),
    },
    Row {
        edits: &["`add_exclusive`"],
        seen: By(&["shards::failure_in_a_shard_is_seen_with_its_call"]),
    },
    Row {
        edits: &["`begin_exclusive`"],
        seen: By(&["shards::failure_of_a_new_bucket_in_a_shard_is_seen_with_its_call"]),
    },
    Row {
        edits: &["`begin_empty`"],
        seen: ByNone(
            "it matters for a late failure alone, whose call a reader may miss: the totals cap the failures",
        ),
    },
    Row { edits: &["`current`"], seen: By(&["first::first_failures_trip_by_a_window_of_time"]) },
    Row {
        edits: &["`Change::begin`: the window in use"],
        seen: By(&["first::first_failures_trip_by_a_window_of_time"]),
    },
    Row {
        edits: &["`Change::retire`: the window in use"],
        seen: By(&["retuned::reader_beside_a_new_config_sees_the_consecutive_failures"]),
    },
    Row {
        edits: &["`move_on`: another tag is taken for its own"],
        seen: By(&["shards::failures_in_two_shards_are_of_the_new_episode_alone"]),
    },
    Row {
        edits: &["`is_free`: the fence"],
        seen: ByNone(
            "the registry is not in a model build; the fence pairs with the standard library's `Arc`",
        ),
    },
    Row {
        edits: &["`TimeNode::begin`: the base"],
        seen: By(&["retuned::failure_beside_longer_buckets_is_in_one_of_the_two_windows"]),
    },
    Row {
        edits: &["`epoch`: the base"],
        seen: By(&["retuned::failure_beside_longer_buckets_is_in_one_of_the_two_windows"]),
    },
    Row {
        edits: &["`move_on`: the load"],
        seen: By(&["retuned::failure_beside_longer_buckets_is_in_one_of_the_two_windows"]),
    },
    Row {
        edits: &["`move_on`: the swap"],
        seen: ByNone(
            "a thread would have to read what another did because of its own later swap, which loom does not explore",
        ),
    },
    Row {
        edits: &["`draw`"],
        seen: By(&["shards::failures_that_draw_credits_in_two_shards_trip"]),
    },
    Row {
        edits: &["`end_row`"],
        seen: By(&["shards::success_beside_a_new_config_ends_the_failures_if_all_of_them_drew"]),
    },
    Row {
        edits: &["`end_running`: the failed swap"],
        seen: By(&["shards::success_beside_a_new_config_ends_the_failures_if_all_of_them_drew"]),
    },
    Row {
        edits: &["`row_failures`: the row"],
        seen: NotYet("nothing that a model reads shows the row of a window of time"),
    },
    Row {
        edits: &["`settle`: the looks"],
        seen: By(&["shards::failure_after_a_new_config_draws_no_credit_of_the_one_before"]),
    },
    Row {
        edits: &["`end_change`"],
        seen: By(&["shards::success_beside_a_new_config_ends_the_failures_if_all_of_them_drew"]),
    },
    Row {
        edits: &["`look`"],
        seen: By(&["shards::failures_that_draw_credits_in_two_shards_trip"]),
    },
    Row {
        edits: &["`grant`"],
        seen: By(&["shards::failures_that_draw_credits_in_two_shards_trip"]),
    },
    Row {
        edits: &["`credits`"],
        seen: By(&["shards::failures_that_draw_credits_in_two_shards_trip"]),
    },
    Row {
        edits: &["`revoke`"],
        seen: By(&["shards::failures_that_draw_credits_in_two_shards_trip"]),
    },
    Row {
        edits: &["`look` takes no credits back"],
        seen: By(&["shards::failures_that_draw_credits_in_two_shards_trip"]),
    },
    Row {
        edits: &["`grant`: another look does not matter"],
        seen: By(&["shards::failures_that_draw_credits_in_two_shards_trip"]),
    },
    Row {
        edits: &["`look`: the credits are loaded after the sums"],
        seen: By(&["shards::failures_that_draw_credits_in_two_shards_trip"]),
    },
    Row {
        edits: &["`fail`: the credit is drawn before the record"],
        seen: By(&["shards::failures_that_draw_credits_in_two_shards_trip"]),
    },
    Row {
        edits: &["`end_row` does not wait for a change"],
        seen: By(&["shards::success_beside_a_new_config_ends_the_failures_that_drew"]),
    },
    Row {
        edits: &["`TimeWindow::begin`: the swap of the frame"],
        seen: ByNone("it orders the reading of the clock, which no model follows"),
    },
    Row {
        edits: &["`TimeWindow::begin`: the length of a bucket"],
        seen: NotYet(
            "a record finds the base, and in the models a look shows no sums by other lengths, not even without its own check",
        ),
    },
    Row {
        edits: &["`TimeWindow::begin`: the number of buckets"],
        seen: NotYet(
            "a record finds the base, and in the models a look shows no sums by other lengths, not even without its own check",
        ),
    },
    Row {
        edits: &["`TimeWindow::begin`: the frame"],
        seen: By(&["retuned::failure_beside_longer_buckets_is_in_one_of_the_two_windows"]),
    },
    Row {
        edits: &["`bucket`"],
        seen: NotYet(
            "a record finds the base, and in the models a look shows no sums by other lengths, not even without its own check",
        ),
    },
    Row {
        edits: &["`buckets`"],
        seen: NotYet(
            "a record finds the base, and in the models a look shows no sums by other lengths, not even without its own check",
        ),
    },
    Row {
        edits: &["`begin_by`: `key`"],
        seen: By(&["hung::call_that_begins_beside_a_longer_slow_call_is_found"]),
    },
    Row {
        edits: &["`begin_by`: `next_due`"],
        seen: ByNone(
            "a swap would have to come before one that it has read the effect of: loom knows no load buffering",
        ),
    },
    Row {
        edits: &["`HungCalls::number`: `bound`"],
        seen: ByNone(
            "a swap would have to come before one that it has read the effect of: loom knows no load buffering",
        ),
    },
    Row {
        edits: &["`HungCalls::number`: `reciprocal`"],
        seen: ByNone(
            "a swap would have to come before one that it has read the effect of: loom knows no load buffering",
        ),
    },
    Row {
        edits: &["`end_by`: `key`"],
        seen: ByNone("the call's beginning has found that key, and all that was stored before it"),
    },
    Row {
        edits: &["`sweep_due`: `next_due`"],
        seen: ByNone(
            "a swap would have to come before one that it has read the effect of: loom knows no load buffering",
        ),
    },
    Row {
        edits: &["`renew`: `reciprocal`"],
        seen: ByNone(
            "`bound` publishes it; without that, a swap would have to come before one that it has read the effect of: loom knows no load buffering",
        ),
    },
    Row {
        edits: &["`renew`: `bound`"],
        seen: ByNone(
            "`key` publishes it; without that, a swap would have to come before one that it has read the effect of: loom knows no load buffering",
        ),
    },
    Row {
        edits: &["`renew`: `key`"],
        seen: By(&["hung::call_that_begins_beside_a_longer_slow_call_is_found"]),
    },
    Row {
        edits: &["`Ring::new`: the marks"],
        seen: By(&["hung::call_that_begins_in_another_shard_beside_a_sweep_is_found_later"]),
    },
    Row {
        edits: &["`renew`: nothing is due until the sweep"],
        seen: By(&["hung::call_that_begins_long_after_a_shorter_slow_call_is_found"]),
    },
    Row {
        edits: &["`StateCell::renew`: the word"],
        seen: ByNone("no other thread uses the cell, and the seat's generation publishes the word"),
    },
    Row {
        edits: &["`generation_of_words`: the generation"],
        seen: By(&["seats::number_that_a_reader_finds_belongs_to_its_key"]),
    },
    Row {
        edits: &["`is_still` without its fence"],
        seen: By(&["seats::number_that_a_reader_finds_belongs_to_its_key"]),
    },
    Row {
        edits: &["`SeatText::replace` without its fence"],
        seen: By(&["seats::number_that_a_reader_finds_belongs_to_its_key"]),
    },
    Row {
        edits: &["`SeatText::replace`: the generation"],
        seen: By(&["seats::number_that_a_reader_finds_belongs_to_its_key"]),
    },
    Row {
        edits: &["`Calls::end`"],
        seen: By(&["seats::who_finds_no_call_under_way_sees_what_the_last_one_has_recorded"]),
    },
    Row {
        edits: &["`Calls::any`"],
        seen: By(&["seats::who_finds_no_call_under_way_sees_what_the_last_one_has_recorded"]),
    },
    Row {
        edits: &["`Calls::any` sums up the starts first"],
        seen: By(&["seats::call_that_is_under_way_all_the_time_is_found_beside_one_that_moves"]),
    },
    Row {
        edits: &["`Seat::start_in`: the compiler's fence"],
        seen: ByNone("the compiler alone heeds it"),
    },
    Row {
        edits: &["`Seat::is_busy`: the fence"],
        seen: ByNone("there is no fence at the start of a call for it to pair with"),
    },
];
