//! Choices that the contract leaves open. The model is played once with each choice, and the
//! breaker must agree with one of the results.

/// The choices of one run of an operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Choices {
    /// Each choice taken, and how many there were.
    taken: Vec<(u64, u64)>,
    next: usize,
}

impl Choices {
    /// Chooses a number below `options`.
    pub(super) fn choose(&mut self, options: u64) -> u64 {
        if self.next == self.taken.len() {
            self.taken.push((0, options));
        }
        self.next += 1;
        self.taken[self.next - 1].0
    }

    /// Moves on to choices that have not been taken yet. Returns `false` if there are none.
    fn turn(&mut self) -> bool {
        self.next = 0;
        while let Some((choice, options)) = self.taken.pop() {
            if choice + 1 < options {
                self.taken.push((choice + 1, options));
                return true;
            }
        }
        false
    }
}

/// Returns every result that `operation` may have.
pub(crate) fn every<T: Clone, R>(
    before: &T,
    choices: impl Fn(&mut T) -> &mut Choices,
    operation: impl Fn(&mut T) -> R,
) -> Vec<(T, R)> {
    let (mut results, mut taken) = (Vec::new(), Choices::default());
    loop {
        let mut after = before.clone();
        *choices(&mut after) = taken;
        let result = operation(&mut after);
        taken = std::mem::take(choices(&mut after));
        results.push((after, result));
        if !taken.turn() {
            return results;
        }
    }
}
