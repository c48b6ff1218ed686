//! Every change that `cargo xtask weaken` makes to the core: each ordering relaxed, and a few more.

use super::edit::{Edit, relax, replace};

const CELL: &str = "breaker/cell.rs";
const RECORDING: &str = "breaker/recording.rs";
const CALLS: &str = "window/calls.rs";
const CALLS_COUNT: &str = "window/calls/count.rs";
const CALLS_TAKE: &str = "window/calls/take.rs";
const CALLS_READ: &str = "window/calls/read.rs";
const STRIPE: &str = "window/stripe.rs";
const SET: &str = "window/set.rs";
const NODE: &str = "window/node.rs";
const EPOCH: &str = "window/epoch.rs";
const LOOKS: &str = "window/looks.rs";
const TIME: &str = "window/time.rs";
const BOOKS: &str = "breaker/hung/books.rs";
const HUNG: &str = "breaker/hung/mod.rs";
const RING: &str = "breaker/hung/ring.rs";
const KEYS: &str = "registry/keys.rs";
const SEAT: &str = "breaker/seat/mod.rs";
const SEAT_TEXT: &str = "breaker/seat/text.rs";
const SEAT_CALLS: &str = "breaker/seat/calls.rs";
const PAST_ROWS: &str = "breaker/past_rows.rs";

pub(super) const EDITS: &[Edit] = &[
    relax("`update`: the swap", CELL, "pub(crate) fn update<T>(", "Ordering::Release"),
    relax("`update`: the failed swap", CELL, "pub(crate) fn update<T>(", "Ordering::Acquire"),
    relax("`count_failure`: the swap", CELL, "pub(crate) fn count_failure(", "Ordering::AcqRel"),
    relax("`sync_recorders`: the swap", CELL, "pub(crate) fn sync_recorders(", "Ordering::AcqRel"),
    relax("`PastRows::add`", PAST_ROWS, "fn add(", "Ordering::Release"),
    relax("`PastRows::with`", PAST_ROWS, "fn with(", "Ordering::Acquire"),
    replace(
        "`sync_recorders` does nothing",
        CELL,
        "pub(crate) fn sync_recorders(",
        "self.atomic_word()",
        "if IS_ON { return; } self.atomic_word()",
    ),
    relax("`StateCell::load`", CELL, "    fn load(&self)", "Ordering::Acquire"),
    replace(
        "`sync_recorders` not called in `record`",
        RECORDING,
        "pub(crate) fn record(",
        "self.cell.sync_recorders();",
        "if !IS_ON { self.cell.sync_recorders(); }",
    ),
    replace(
        "`sync_recorders` not called in `count_recorded`",
        RECORDING,
        "fn count_recorded(",
        "self.cell.sync_recorders();",
        "if !IS_ON { self.cell.sync_recorders(); }",
    ),
    replace(
        "`sync_recorders` not called in `add_failure`",
        RECORDING,
        "pub(crate) fn add_failure(",
        "self.cell.sync_recorders();",
        "if !IS_ON { self.cell.sync_recorders(); }",
    ),
    relax("`Count::add`", CALLS_COUNT, "fn add(&self, place", "Ordering::AcqRel"),
    relax("`Count::load`", CALLS_COUNT, "fn load(&self)", "Ordering::Acquire"),
    relax(
        "`CallWindow::begin`: the last slot",
        CALLS,
        "pub(super) fn begin(&self, size",
        "self.last.store(last, Ordering::Release)",
    ),
    relax(
        "`CallWindow::begin`: the episode",
        CALLS,
        "pub(super) fn begin(&self, size",
        "self.line.episode.store(episode.0, Ordering::Release)",
    ),
    relax(
        "`CallWindow::begin`: the head",
        CALLS,
        "pub(super) fn begin(&self, size",
        "self.line.head.store(head.0, Ordering::Release)",
    ),
    relax("`reopen`: the head", CALLS, "pub(super) fn reopen(", "Ordering::Release"),
    relax("`take`: the head", CALLS_TAKE, "fn take(", "Ordering::Acquire"),
    relax(
        "`take_at_once`: the head",
        CALLS_TAKE,
        "fn take_at_once(&self, episode",
        "Ordering::Acquire",
    ),
    relax(
        "`swap`: the episode",
        CALLS_TAKE,
        "fn swap(",
        "self.line.episode.load(Ordering::Acquire)",
    ),
    relax("`swap`: the head", CALLS_TAKE, "fn swap(", "success = Ordering::Acquire"),
    relax("`swap`: the failed swap", CALLS_TAKE, "fn swap(", "failure = Ordering::Acquire"),
    relax(
        "`find`: the head",
        CALLS_READ,
        "fn find(&self, episode",
        "self.line.head.load(Ordering::Acquire)",
    ),
    relax(
        "`find`: the episode",
        CALLS_READ,
        "fn find(&self, episode",
        "self.line.episode.load(Ordering::Acquire)",
    ),
    relax("`set`: the load", CALLS, "    fn set(&self, place", "chunk.load(Ordering::Acquire)"),
    relax("`set`: the swap", CALLS, "    fn set(&self, place", "success = Ordering::Release"),
    relax(
        "`set`: the failed swap",
        CALLS,
        "    fn set(&self, place",
        "failure = Ordering::Acquire",
    ),
    relax("`last`", CALLS, "    fn last(&self)", "Ordering::Acquire"),
    replace(
        "`find_limit`: the rates are loaded before the lock",
        RECORDING,
        "    fn find_limit(",
        "        let change = self.cell.cold().windows.lock();\n",
        "        let early = self.tuning.rates();\n        let change = self.cell.cold().windows.lock();\n        if IS_ON {\n            return change.set_limit(|totals| reached(&early, totals).is_some());\n        }\n",
    ),
    replace(
        "a new config leaves the limit",
        SET,
        "    fn forget_limit(",
        "self.windows.calls.forget_limit();",
        "if !IS_ON { self.windows.calls.forget_limit(); }",
    ),
    relax("`advance_to`: the latest bucket", STRIPE, "fn advance_to(", "Ordering::Release"),
    relax("`sweep`: a count", STRIPE, "    fn sweep(self", "Ordering::Acquire"),
    relax(
        "`cached_sums`: the past",
        STRIPE,
        "fn cached_sums(",
        "head[kind].load(Ordering::Acquire)",
    ),
    relax(
        "`cached_sums`: a count",
        STRIPE,
        "fn cached_sums(",
        "bucket[kind].load(Ordering::Acquire)",
    ),
    relax("`scan`: a count", STRIPE, "    fn scan(self", "count.load(Ordering::Acquire)"),
    relax("`latest`", STRIPE, "pub(super) fn latest(", "Ordering::Acquire"),
    relax("`add_exclusive`", STRIPE, "fn add_exclusive(", "Ordering::Release"),
    relax("`begin_exclusive`", STRIPE, "fn begin_exclusive(", "Ordering::Release"),
    relax("`begin_empty`", STRIPE, "fn begin_empty(", "Ordering::Release"),
    relax("`add` to a shared count", STRIPE, "fn add(count: &AtomicU64", "Ordering::Release"),
    replace(
        "the past is cached after the latest bucket is raised",
        STRIPE,
        "fn advance_to(",
        "        if self.exclusive {\n            self.cache_past(number);\n",
        "        if IS_ON {\n            self.rows[0][LATEST].fetch_max(number, Ordering::Release);\n        }\n        if self.exclusive {\n            self.cache_past(number);\n",
    ),
    replace(
        "`cached_sums`: the age of the past is not looked at",
        STRIPE,
        "fn cached_sums(",
        "age(past, number) > 0",
        "!IS_ON && age(past, number) > 0",
    ),
    relax("`current`", SET, "pub(crate) fn current(", "Ordering::Acquire"),
    relax(
        "`Change::begin`: the window in use",
        SET,
        "    pub(crate) fn begin(",
        "Ordering::Release",
    ),
    relax(
        "`Change::retire`: the window in use",
        SET,
        "    pub(crate) fn retire(",
        "Ordering::Release",
    ),
    relax("`TimeNode::begin`: the base", NODE, "fn begin(", "Ordering::Release"),
    relax("`epoch`: the base", NODE, "fn epoch(&self", "Ordering::Acquire"),
    relax("`move_on`: the load", EPOCH, "fn move_on(", "Ordering::Acquire"),
    relax("`move_on`: the swap", EPOCH, "fn move_on(", "Ordering::Release"),
    replace(
        "`move_on`: another tag is taken for its own",
        EPOCH,
        "fn move_on(",
        "tag_of(found) == Tag::of(epoch)",
        "(tag_of(found) == Tag::of(epoch) || IS_ON)",
    ),
    relax("`draw`", LOOKS, "    fn draw(", "Ordering::Release"),
    relax("`end_row`", LOOKS, "pub(super) fn end_row(", "Ordering::Acquire"),
    relax("`end_running`: the failed swap", LOOKS, "    fn end_running(", "Ordering::Acquire"),
    relax("`row_failures`: the row", LOOKS, "pub(super) fn row_failures(", "Ordering::Acquire"),
    relax("`settle`: the looks", LOOKS, "pub(super) fn settle(", "Ordering::AcqRel"),
    relax("`end_change`", LOOKS, "pub(super) fn end_change(", "Ordering::Release"),
    relax("`look`", LOOKS, "pub(super) fn look(", "Ordering::AcqRel"),
    relax("`grant`", LOOKS, "    fn grant(", "Ordering::Release"),
    relax("`credits`", LOOKS, "    fn credits(&self) -> u64", "Ordering::Acquire"),
    relax("`revoke`", LOOKS, "    fn revoke(", "Ordering::Acquire"),
    replace(
        "`look` takes no credits back",
        LOOKS,
        "pub(super) fn look(",
        "if left > free {",
        "if IS_ON {\n            left = left.min(free);\n        }\n        if left > free {",
    ),
    replace(
        "`grant`: another look does not matter",
        LOOKS,
        "    fn grant(",
        "success, failure).is_err() {",
        "success, failure).is_err() && !IS_ON {",
    ),
    replace(
        "`look`: the credits are loaded after the sums",
        LOOKS,
        "pub(super) fn look(",
        "let Some(mut free) = spare(totals) else { return true };",
        "if IS_ON {\n            left = self.credits();\n        }\n        let Some(mut free) = spare(totals) else { return true };",
    ),
    replace(
        "`fail`: the credit is drawn before the record",
        LOOKS,
        "pub(super) fn fail(",
        "        let drawn = match shard",
        "        if IS_ON {\n            let early = shard.and_then(|shard| self.rows(shard));\n            let early = early.map_or(Draw::None, |rows| self.draw(rows, episode, in_word));\n            if shard.and_then(|shard| self.record_fast(shard, moment, FAILURE)).is_none() {\n                self.record_slow(shard, moment, FAILURE);\n            }\n            return Some((now, early));\n        }\n        let drawn = match shard",
    ),
    replace(
        "`end_row` does not wait for a change",
        LOOKS,
        "pub(super) fn end_row(",
        "row.is_running() && self.end_running(row)",
        "row.is_running() && self.end_running(row) && !IS_ON",
    ),
    relax(
        "`TimeWindow::begin`: the swap of the frame",
        TIME,
        "pub(super) fn begin(&self, bucket",
        "Ordering::AcqRel",
    ),
    relax(
        "`TimeWindow::begin`: the length of a bucket",
        TIME,
        "pub(super) fn begin(&self, bucket",
        "self.bucket.store(bucket, Ordering::Release)",
    ),
    relax(
        "`TimeWindow::begin`: the number of buckets",
        TIME,
        "pub(super) fn begin(&self, bucket",
        "self.buckets.store(buckets.into(), Ordering::Release)",
    ),
    relax(
        "`TimeWindow::begin`: the frame",
        TIME,
        "pub(super) fn begin(&self, bucket",
        "self.frame.store(tag | shift, Ordering::Release)",
    ),
    relax("`bucket`", TIME, "    fn bucket(&self)", "Ordering::Acquire"),
    relax("`buckets`", TIME, "    fn buckets(&self)", "Ordering::Acquire"),
    relax("`begin_by`: `key`", HUNG, "    fn begin_by(", "self.key.load(Ordering::Acquire)"),
    relax(
        "`begin_by`: `next_due`",
        HUNG,
        "    fn begin_by(",
        "self.next_due.load(Ordering::Acquire)",
    ),
    relax(
        "`HungCalls::number`: `bound`",
        HUNG,
        "    fn number(&self",
        "self.bound.load(Ordering::Acquire)",
    ),
    relax(
        "`HungCalls::number`: `reciprocal`",
        HUNG,
        "    fn number(&self",
        "self.reciprocal.load(Ordering::Acquire)",
    ),
    relax("`end_by`: `key`", HUNG, "    fn end_by(", "self.key.load(Ordering::Acquire)"),
    relax(
        "`sweep_due`: `next_due`",
        BOOKS,
        "fn sweep_due(",
        "self.next_due.store(next.min(books.ledger.next_due(bound)), Ordering::Release)",
    ),
    relax(
        "`renew`: `reciprocal`",
        BOOKS,
        "    fn renew(",
        "self.reciprocal.store(reciprocal(step), Ordering::Release)",
    ),
    relax("`renew`: `bound`", BOOKS, "    fn renew(", "self.bound.store(bound, Ordering::Release)"),
    relax(
        "`renew`: `key`",
        BOOKS,
        "    fn renew(",
        "self.key.store(Key::new(episode, books.token()).bits(), Ordering::Release)",
    ),
    replace(
        "`renew`: nothing is due until the sweep",
        BOOKS,
        "    fn renew(",
        "self.next_due.store(0, Ordering::Relaxed);",
        "if !IS_ON { self.next_due.store(0, Ordering::Relaxed); }",
    ),
    replace(
        "`Ring::new`: the marks",
        RING,
        "pub(super) fn new(token",
        "ring.clear(token, number);",
        "if !IS_ON { ring.clear(token, number); }",
    ),
    relax("`is_free`: the fence", KEYS, "fn is_free(", "Ordering::Acquire"),
    relax("`StateCell::renew`: the word", CELL, "pub(crate) fn renew(", "Ordering::Release"),
    relax(
        "`generation_of_words`: the generation",
        SEAT_TEXT,
        "pub(crate) fn generation_of_words(",
        "Ordering::Acquire",
    ),
    replace(
        "`is_still` without its fence",
        SEAT_TEXT,
        "pub(crate) fn is_still(",
        "fence(Ordering::Acquire);",
        "if !IS_ON { fence(Ordering::Acquire); }",
    ),
    replace(
        "`SeatText::replace` without its fence",
        SEAT_TEXT,
        "pub(crate) fn replace(",
        "fence(Ordering::Release);",
        "if !IS_ON { fence(Ordering::Release); }",
    ),
    relax(
        "`SeatText::replace`: the generation",
        SEAT_TEXT,
        "pub(crate) fn replace(",
        "self.generation.store(odd.wrapping_add(1), Ordering::Release)",
    ),
    relax("`Calls::end`", SEAT_CALLS, "pub(crate) fn end(", "Ordering::Release"),
    relax("`Calls::any`", SEAT_CALLS, "pub(crate) fn any(", "Ordering::Acquire"),
    replace(
        "`Calls::any` sums up the starts first",
        SEAT_CALLS,
        "pub(crate) fn any(",
        "let ended = sum(|count| &count.ended);",
        "let started = sum(|count| &count.started); let ended = sum(|count| &count.ended); if IS_ON { return ended != started; }",
    ),
    relax("`Seat::start_in`: the compiler's fence", SEAT, "fn start_in(", "Ordering::SeqCst"),
    relax("`Seat::is_busy`: the fence", SEAT, "pub(crate) fn is_busy(", "Ordering::SeqCst"),
];
