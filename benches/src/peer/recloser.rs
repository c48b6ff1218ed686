//! recloser: a count window only, which is judged once it is full.

use recloser::{AsyncRecloser, Error, Recloser};

use super::Cases;
use crate::case::{COOLDOWN, Path, Policy};
use crate::subject::{Answer, shared};
use crate::work::{Sick, ready, work, work_later};

pub(super) fn add(cases: &mut Cases) {
    let mut row = cases.row("recloser", Policy::COUNT_WINDOW);
    for path in Path::ALL {
        row.sync(path, move || {
            let recloser = recloser(path);
            shared(move |task| recloser.call(|| work(task)), answer)
        });
        row.later(path, move || {
            let recloser = AsyncRecloser::from(recloser(path));
            shared(move |task| ready(recloser.call(work_later(task))), answer)
        });
    }
}

fn recloser(path: Path) -> Recloser {
    Recloser::custom().error_rate(path.rate()).closed_len(100).open_wait(COOLDOWN).build()
}

fn answer(reply: &Result<u64, Error<Sick>>) -> Answer {
    match reply {
        Ok(_) => Answer::Success,
        Err(Error::Inner(_)) => Answer::Failure,
        Err(Error::Rejected) => Answer::Rejection,
    }
}
