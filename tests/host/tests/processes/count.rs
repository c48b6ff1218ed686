//! Failures of processes that count together.

use breaker_core::shared::Shape;

use crate::world::{World, finish, runs};

const PROCESSES: usize = 8;

#[test]
fn processes_that_fail_at_once_lose_no_failure() {
    let calls = runs(50, 1_000);
    for world in World::both() {
        world.set_down(true);
        // A process that does not get the lock in time writes the failure with its next one.
        let settings = ["threshold=60000", &format!("calls={calls}"), "settle", "status"];
        let processes: Vec<_> =
            (0..PROCESSES).map(|_| world.command("once", &settings).spawn().unwrap()).collect();
        let mut failed = 0;
        for process in processes {
            let said = finish(process);
            println!("{}", said.last().unwrap());
            failed += said.iter().filter(|line| *line == "failed").count();
        }
        assert!(failed >= PROCESSES * calls);
        let Shape::Closed { failures, .. } = world.record().unwrap().shape else {
            panic!("it has opened")
        };
        assert_eq!(usize::from(failures), failed);
    }
}

#[test]
fn success_of_one_process_breaks_the_row_of_all() {
    let world = World::new();
    world.set_down(true);
    for _ in 0..4 {
        assert_eq!(world.once(), "failed");
    }
    assert_eq!(world.run("look", &[]), ["closed 4"]);
    world.set_down(false);
    assert_eq!(world.once(), "ok");
    assert_eq!(world.run("look", &[]), ["closed 0"]);
    world.set_down(true);
    assert_eq!(world.once(), "failed");
    assert_eq!(world.run("look", &[]), ["closed 1"]);
}

#[test]
fn healthy_program_leaves_no_file() {
    let world = World::new();
    assert_eq!(world.once(), "ok");
    assert_eq!(world.file(), None);
}
