//! The present state of the sharing.

use std::fmt;
use std::path::PathBuf;

use crate::trouble::Trouble;

/// The state of the sharing with other processes at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// The namespace. Processes that give it share their breakers.
    pub namespace: String,
    /// The folder of the records; `None` if there is no place for one.
    pub folder: Option<PathBuf>,
    /// The number of this process's breakers that are shared.
    pub names: usize,
    /// The number of shared breakers whose record could not be read or written at the last access.
    pub local_names: usize,
    /// The number of failures, probes and transitions that were not shared since the program joined.
    pub local_events: u64,
    /// The reason why breakers are not shared; the latest one, if there are several.
    pub trouble: Option<Trouble>,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { namespace, folder, names, local_names, local_events, trouble } = self;
        write!(f, "{names} names are shared as `{namespace}`")?;
        if let Some(folder) = folder {
            write!(f, " in `{}`", folder.display())?;
        }
        if *local_names > 0 || *local_events > 0 {
            write!(f, "; {local_names} names are not, and {local_events} events were not")?;
        }
        if let Some(trouble) = trouble {
            write!(f, ": {trouble}")?;
        }
        Ok(())
    }
}
