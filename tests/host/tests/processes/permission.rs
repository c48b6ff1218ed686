//! Other users, and what they plant. Root may do anything, so all of this is tried by processes that
//! have given root up: the role `humble` fails if it finds itself root.

use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::geteuid;
use tempfile::TempDir;

use crate::world::{ACTOR, finish};

/// Whom processes are run as, if the tests are run by root.
const NOBODY: u32 = 65_534;

/// A home that everybody can get to, with the actor in it.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("breaker-home-").tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        // By another process: a child that another thread starts meanwhile would inherit the file
        // while it is written to, and a file that is written to cannot be run.
        let copied = Command::new("cp").arg(ACTOR).arg(folder.path().join("actor")).status();
        assert!(copied.unwrap().success());
        let home = Self { folder };
        home.make("run", 0o700);
        home.make("service", 0o700);
        fs::write(home.path("service/down"), "").unwrap();
        home.give("service/down");
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes a folder of the process's user.
    fn make(&self, name: &str, mode: u32) {
        DirBuilder::new().create(self.path(name)).unwrap();
        self.give(name);
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
    }

    fn give(&self, name: &str) {
        if geteuid().is_root() {
            chown(self.path(name), Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }

    /// Runs a process without root. It calls the service, which is down, as often as given; it must
    /// work as it does without records, and then says what is shared.
    fn run_with(&self, calls: usize, wrap: Option<&str>) -> String {
        let actor = self.path("actor");
        let mut command = match wrap {
            None => Command::new(&actor),
            Some(script) => {
                let mut shell = Command::new("/bin/sh");
                shell.arg("-c").arg(script).arg(&actor);
                shell
            }
        };
        command.arg("humble").arg(self.folder.path()).args([
            &format!("calls={calls}"),
            "quiet",
            "status",
        ]);
        command.env_clear().current_dir("/");
        match self.by_hand() {
            Some(folder) => command.env("BREAKERBOX_DIR", folder),
            None => command.env("XDG_RUNTIME_DIR", self.path("run")),
        };
        command.stdout(Stdio::piped());
        if geteuid().is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        let said = finish(command.spawn().unwrap());
        let of = |word: &str| said.iter().filter(|line| *line == word).count();
        assert_eq!(of("failed") + of("rejected"), calls, "{said:?}");
        said.last().unwrap().clone()
    }

    /// A folder of anybody's, that is chosen by hand if it is there.
    fn by_hand(&self) -> Option<PathBuf> {
        Some(self.path("by hand")).filter(|folder| folder.exists())
    }

    fn run(&self) -> String {
        self.run_with(7, None)
    }

    /// Expects that nothing is shared, for a reason that is said.
    fn is_local(&self, why: &str) {
        let said = self.run();
        assert!(said.starts_with("0 names") && said.contains(why), "{said}");
        assert!(said.contains("1 names are not"), "{said}");
    }

    fn folder(&self) -> PathBuf {
        self.path("run/breakerbox/named.test")
    }

    /// The file of the record, from a process that went before.
    fn record(&self) -> PathBuf {
        let mut files = fs::read_dir(self.folder()).unwrap();
        files.next().unwrap().unwrap().path()
    }
}

/// Says so and returns true if the tests cannot make files of another user.
fn is_alone() -> bool {
    let is_alone = !geteuid().is_root();
    if is_alone {
        println!("not run by root: no files of other users can be made");
    }
    is_alone
}

#[test]
fn plain_home_is_shared_in() {
    let home = Home::new();
    let said = home.run();
    assert!(said.starts_with("1 names are shared as `named.test`"), "{said}");
    assert!(!said.contains("are not"), "{said}");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&home.path("run/breakerbox")), 0o700);
    assert_eq!((mode(&home.folder()), mode(&home.record())), (0o700, 0o600));
}

#[test]
fn folder_that_others_may_write_to_is_not_used() {
    for mode in [0o777, 0o770, 0o1777] {
        let home = Home::new();
        home.make("run/breakerbox", mode);
        home.is_local("other users may write");
        assert!(!home.folder().exists());
    }
}

#[test]
fn folder_of_another_user_is_not_used() {
    if is_alone() {
        return;
    }
    let home = Home::new();
    DirBuilder::new().mode(0o755).create(home.path("run/breakerbox")).unwrap();
    home.is_local("belongs to another user");
    let home = Home::new();
    home.make("run/breakerbox", 0o700);
    DirBuilder::new().mode(0o755).create(home.folder()).unwrap();
    home.is_local("belongs to another user");
}

#[test]
fn folder_that_is_chosen_by_hand_may_be_anybodys() {
    let home = Home::new();
    fs::create_dir(home.path("by hand")).unwrap();
    fs::set_permissions(home.path("by hand"), Permissions::from_mode(0o1777)).unwrap();
    let said = home.run();
    assert!(said.starts_with("1 names are shared as `named.test`"), "{said}");
    let made = fs::metadata(home.path("by hand/named.test")).unwrap().permissions().mode();
    assert_eq!(made & 0o7777, 0o700);
}

#[test]
fn folder_that_somebody_has_made_before_is_not_used() {
    if is_alone() {
        return;
    }
    let home = Home::new();
    fs::create_dir_all(home.path("by hand/named.test")).unwrap();
    fs::set_permissions(home.path("by hand"), Permissions::from_mode(0o1777)).unwrap();
    home.is_local("belongs to another user");
}

#[test]
fn record_of_another_user_is_not_written() {
    if is_alone() {
        return;
    }
    let home = Home::new();
    home.run();
    let record = home.record();
    fs::write(&record, "mine").unwrap();
    chown(&record, Some(0), Some(0)).unwrap();
    // Anybody may write to it, and this crate does not all the same.
    fs::set_permissions(&record, Permissions::from_mode(0o666)).unwrap();
    home.is_local("belongs to another user");
    assert_eq!(fs::read(&record).unwrap(), b"mine");
}

#[test]
fn record_that_others_may_write_to_is_not_used() {
    let home = Home::new();
    home.run();
    let before = fs::read(home.record()).unwrap();
    fs::set_permissions(home.record(), Permissions::from_mode(0o602)).unwrap();
    home.is_local("other users may write");
    assert_eq!(fs::read(home.record()).unwrap(), before);
}

#[test]
fn links_are_not_followed_to_files_of_value() {
    let home = Home::new();
    home.run();
    let (record, precious) = (home.record(), home.path("service/precious"));
    for is_hard in [false, true] {
        fs::write(&precious, "precious").unwrap();
        home.give("service/precious");
        fs::remove_file(&record).unwrap();
        if is_hard {
            fs::hard_link(&precious, &record).unwrap();
        } else {
            symlink(&precious, &record).unwrap();
        }
        home.is_local("the place of the record is taken");
        assert_eq!(fs::read(&precious).unwrap(), b"precious");
    }
}

#[test]
fn link_to_nothing_makes_no_file() {
    let home = Home::new();
    home.run();
    let (record, target) = (home.record(), home.path("service/target"));
    fs::remove_file(&record).unwrap();
    symlink(&target, &record).unwrap();
    home.is_local("the place of the record is taken");
    assert!(!target.exists());
}

#[test]
fn folders_behind_links_are_not_used() {
    let home = Home::new();
    home.make("elsewhere", 0o700);
    symlink(home.path("elsewhere"), home.path("run/breakerbox")).unwrap();
    home.is_local("the place of the folder is taken");
    let other = Home::new();
    other.make("elsewhere", 0o700);
    other.make("run/breakerbox", 0o700);
    symlink(other.path("elsewhere"), other.folder()).unwrap();
    other.is_local("the place of the folder is taken");
    for home in [home, other] {
        assert_eq!(fs::read_dir(home.path("elsewhere")).unwrap().count(), 0);
    }
}

#[test]
fn pipes_folders_and_files_in_the_wrong_place_hold_nobody_up() {
    let home = Home::new();
    home.run();
    let record = home.record();
    fs::remove_file(&record).unwrap();
    fs::create_dir(&record).unwrap();
    home.is_local("the place of the record is taken");
    fs::remove_dir(&record).unwrap();
    assert!(Command::new("mkfifo").arg(&record).status().unwrap().success());
    if geteuid().is_root() {
        chown(&record, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    home.is_local("the place of the record is taken");

    let home = Home::new();
    fs::write(home.path("run/breakerbox"), "").unwrap();
    home.is_local("the place of the folder is taken");
}

#[test]
fn folder_that_cannot_be_written_to_is_no_trouble_for_calls() {
    let home = Home::new();
    home.make("run/breakerbox", 0o700);
    home.make("run/breakerbox/named.test", 0o500);
    home.is_local("permission denied");
    let home = Home::new();
    fs::set_permissions(home.path("run"), Permissions::from_mode(0o500)).unwrap();
    home.is_local("permission denied");
    let home = Home::new();
    fs::remove_dir(home.path("run")).unwrap();
    home.is_local("not found");
}

#[test]
fn no_byte_more_can_be_written() {
    let home = Home::new();
    let said = home.run_with(7, Some("trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""));
    assert!(said.contains("file too large"), "{said}");
    // The file is there, and empty. It is of use again when there is room.
    assert_eq!(fs::metadata(home.record()).unwrap().len(), 0);
    assert!(home.run().starts_with("1 names are shared"));
}
