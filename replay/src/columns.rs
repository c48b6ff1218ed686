//! The columns of a log: their names, and what they hold.

use crate::call::shown;
use crate::failure::Failure;
use crate::value::Unit;

/// A field of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Time,
    Duration,
    Outcome,
    Status,
    Key,
}

impl Field {
    pub(crate) const ALL: [Field; 5] =
        [Field::Time, Field::Duration, Field::Outcome, Field::Status, Field::Key];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Field::Time => "time",
            Field::Duration => "duration",
            Field::Outcome => "outcome",
            Field::Status => "status",
            Field::Key => "key",
        }
    }

    /// The names by which a column is found, the first that is there.
    fn known(self) -> Vec<String> {
        const DURATIONS: [&str; 6] =
            ["duration", "latency", "elapsed", "response_time", "request_time", "took"];
        let names: &[&str] = match self {
            Field::Time => &["time", "timestamp", "ts", "start", "start_time", "@timestamp"],
            Field::Outcome => &["outcome", "result"],
            Field::Status => &["status", "status_code", "response_code", "code"],
            Field::Key => &["key"],
            Field::Duration => {
                let endings = ["", "_ms", "_s", "_us", "_ns"];
                let all = |name| endings.map(|ending| format!("{name}{ending}"));
                return DURATIONS.iter().flat_map(all).collect();
            }
        };
        names.iter().map(|name| (*name).to_owned()).collect()
    }
}

/// A column, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) field: Field,
    /// The column with the lowest rank of a field is read.
    pub(crate) rank: usize,
    /// The unit by which its name ends.
    pub(crate) unit: Option<Unit>,
}

/// The names of the columns, in small letters.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    /// The names of each field, the preferred one first, in the order of [`Field::ALL`].
    names: [Vec<String>; 5],
    is_given: [bool; 5],
}

impl Columns {
    /// Reads `time=ts,status=code`.
    ///
    /// # Errors
    /// A part has another form, or names no field.
    pub(crate) fn of_list(list: &str) -> Result<Self, String> {
        let mut columns = Self { names: Field::ALL.map(Field::known), is_given: [false; 5] };
        for part in list.split(',').filter(|part| !part.is_empty()) {
            let (field, name) = part.split_once('=').ok_or_else(|| {
                format!("`{part}` has no `=`; write `--columns time=ts,status=code`")
            })?;
            let field = field.trim().to_ascii_lowercase();
            let found = Field::ALL.iter().position(|known| known.name() == field);
            let Some(index) = found else {
                return Err(format!(
                    "`{field}` is no field; the fields are time, duration, outcome, status and key"
                ));
            };
            if columns.is_given[index] {
                return Err(format!("the column of `{field}` is given twice"));
            }
            columns.names[index] = vec![name.trim().to_lowercase()];
            columns.is_given[index] = true;
        }
        Ok(columns)
    }

    /// Finds what a column holds, by its name.
    pub(crate) fn find(&self, name: &str) -> Option<Column> {
        let name = name.trim().to_lowercase();
        let rank = |names: &Vec<String>| names.iter().position(|known| *known == name);
        let mut found = self.names.iter().zip(Field::ALL);
        let (rank, field) = found.find_map(|(names, field)| Some((rank(names)?, field)))?;
        Some(Column { field, rank, unit: Unit::of_column(&name) })
    }

    /// Returns true if a column was named that is inside the object of this name: `fields.status`
    /// is inside `fields`.
    pub(crate) fn is_inside(&self, name: &str) -> bool {
        let name = name.trim().to_lowercase();
        let inside =
            |known: &String| known.strip_prefix(&name).is_some_and(|rest| rest.starts_with('.'));
        self.names.iter().flatten().any(inside)
    }

    /// Returns true if a status is read where there is an outcome too: its column alone was named.
    pub(crate) fn prefers_status(&self) -> bool {
        self.is_given[Field::Status as usize] && !self.is_given[Field::Outcome as usize]
    }

    /// Finds the columns of a header: the place and the unit of each field.
    ///
    /// # Errors
    /// A column that is needed, or was named, is not there.
    pub(crate) fn of_header(&self, header: &[String]) -> Result<Places, Failure> {
        let mut places: [Option<(usize, Column)>; 5] = [None; 5];
        for (place, name) in header.iter().enumerate() {
            let Some(column) = self.find(name) else { continue };
            let known = &mut places[column.field as usize];
            if known.is_none_or(|(_, known)| column.rank < known.rank) {
                *known = Some((place, column));
            }
        }
        let missing = |index: usize| {
            let name = Field::ALL[index].name();
            let found: Vec<_> =
                header.iter().map(|name| format!("`{}`", shown(name.as_bytes()))).collect();
            let wanted = match &self.names[index][..] {
                [only] if self.is_given[index] => format!("`{only}`"),
                _ => name.to_owned(),
            };
            Failure::new(
                format!("the log has no column for {wanted}; its columns are {}", found.join(", ")),
                format!(
                    "name it by `--columns {name}=NAME`; the first line has to be a header, and \
                     `--delimiter` sets another separator"
                ),
            )
        };
        let is_missing = |(given, place): (&bool, &Option<_>)| *given && place.is_none();
        if let Some(index) = self.is_given.iter().zip(&places).position(is_missing) {
            return Err(missing(index));
        }
        let [time, duration, outcome, status, key] = places;
        let place = |found: Option<(usize, Column)>| found.map(|(place, _)| place);
        let Some((time, _)) = time else { return Err(missing(Field::Time as usize)) };
        let judged = match (outcome, status) {
            (Some((place, _)), None) => Judged::Outcome(place),
            (Some((place, _)), _) if !self.prefers_status() => Judged::Outcome(place),
            (_, Some((place, _))) => Judged::Status(place),
            (None, None) => return Err(missing(Field::Outcome as usize)),
        };
        let unit = duration.and_then(|(_, column)| column.unit);
        Ok(Places { time, duration: place(duration), unit, judged, key: place(key) })
    }
}

/// The column that tells a call's outcome.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Judged {
    Outcome(usize),
    Status(usize),
}

/// The places of the fields in a line of CSV.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    pub(crate) time: usize,
    pub(crate) duration: Option<usize>,
    /// The unit by which the duration's name ends.
    pub(crate) unit: Option<Unit>,
    pub(crate) judged: Judged,
    pub(crate) key: Option<usize>,
}
