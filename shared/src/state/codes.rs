//! [`Codes`]: trained codes of a kind's news, from the text that stands with the game.
//!
//! A section for each kind, `[Car]`, has lines of words. `KindLayout::fit` (`state/lessons.rs`) writes them:
//!
//! | line | means |
//! | --- | --- |
//! | `sets AFTER SET:BITS ...` | lengths of the words for the sets of fields with news, where `AFTER` had news a tick ago: fields joined by `+`, `-` for none, `*` for all sets without a line. A set is fields joined by `+`, `gone` or `other` |
//! | `values FIELD VALUE:BITS ... other:BITS` | lengths of the words for usual values of a field, told whole |
//! | `numbers FIELD PACE AXIS LETTERS` | lengths of the words for one number of a field, as `state/numbers.rs` has them, at one pace, or `*` for all paces without a line |
//!
//! What has no line is said as without codes.

use alloc::vec::Vec;

use super::numbers::NumberCode;
use super::prefix::{WordCode, are_words};
use super::schema::{Field, Kind, Quantity};
use super::symbols::{Symbol, Symbols, check_symbols};

/// Paces that are told apart: no news of a field a tick ago, little, much, very much.
pub(super) const PACES: usize = 4;
/// Bits of a field's pace.
pub(super) const PACE_BITS: u32 = 2;

/// Trained codes of one field.
#[derive(Clone, Debug, Default)]
pub(super) struct FieldCodes {
    /// Usual values, told whole; of a field without such, `None`.
    pub(super) values: Option<WordCode<Option<i32>>>,
    /// Codes by axis, and by pace; the last is of all other paces.
    numbers: Vec<[Option<NumberCode>; PACES + 1]>,
}

impl FieldCodes {
    /// The code of the number of an axis at a pace.
    pub(super) fn number(&self, axis: usize, pace: usize) -> Option<&NumberCode> {
        let paces = &self.numbers[axis];
        paces[pace].as_ref().or(paces[PACES].as_ref())
    }
}

/// Trained codes of one kind.
#[derive(Clone, Debug)]
pub(super) struct Codes {
    /// Words for sets of fields, by the fields that had news a tick ago.
    after: Vec<(u32, Symbols)>,
    /// The words of all others.
    usual: Option<Symbols>,
    pub(super) fields: Vec<FieldCodes>,
}

/// Whether a field's pace is kept: it is a number that is not decided by a player.
pub(super) fn is_paced(field: &Field) -> bool {
    !field.control && !matches!(field.quantity, Quantity::Flags { .. } | Quantity::Choice { .. })
}

impl Codes {
    /// The codes of `kind`, if its text has a section for it.
    pub(super) fn of(kind: &Kind) -> Result<Option<Self>, &'static str> {
        let mut lines = kind.codes.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let is_heading =
            |line: &&str| line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) == Some(kind.name);
        if !lines.any(|line| is_heading(&line)) {
            return if kind.codes.is_empty() { Ok(None) } else { Err("its codes have no section for it") };
        }
        let count = |field: &Field| FieldCodes {
            values: None,
            numbers: (0..field.quantity.columns()).map(|_| [const { None }; PACES + 1]).collect(),
        };
        let mut codes = Self { after: Vec::new(), usual: None, fields: kind.fields.iter().map(count).collect() };
        for line in lines.take_while(|line| !line.starts_with('[')) {
            codes.take_line(kind, line)?;
        }
        Ok(Some(codes))
    }

    fn take_line(&mut self, kind: &Kind, line: &str) -> Result<(), &'static str> {
        let mut words = line.split_whitespace();
        let (Some(what), Some(of)) = (words.next(), words.next()) else { return Err(FEW_WORDS) };
        match what {
            "sets" => {
                let symbols: Vec<Symbol> = words.map(|item| symbol(kind, item)).collect::<Result<_, _>>()?;
                check_symbols(kind.fields.len(), &symbols)?;
                let symbols = Symbols::new(&symbols);
                match of {
                    "*" => self.usual = Some(symbols),
                    "-" => self.after.push((0, symbols)),
                    fields => self.after.push((set(kind, fields)?, symbols)),
                }
            }
            "values" => {
                let lengths: Vec<_> = words.map(value).collect::<Result<_, _>>()?;
                let has_other = lengths.iter().any(|(value, _)| value.is_none());
                if !has_other || !are_words(lengths.iter().map(|(_, bits)| *bits)) {
                    return Err("its values' words are too short to be told apart, or there is none for all others");
                }
                self.fields[index(kind, of)?].values = Some(WordCode::new(lengths.into_iter()));
            }
            "numbers" => {
                let (Some(pace), Some(axis), Some(letters)) = (words.next(), words.next(), words.next()) else {
                    return Err(FEW_WORDS);
                };
                let pace = if pace == "*" { Some(PACES) } else { pace.parse().ok().filter(|pace| *pace < PACES) };
                let numbers = &mut self.fields[index(kind, of)?].numbers;
                let paces = axis.parse().ok().and_then(|axis: usize| numbers.get_mut(axis));
                let place = paces.and_then(|paces| paces.get_mut(pace?));
                *place.ok_or("its codes name an axis or a pace that is not there")? = Some(NumberCode::parse(letters)?);
            }
            _ => return Err("a line of its codes begins with neither `sets`, `values` nor `numbers`"),
        }
        Ok(())
    }

    /// The words for sets of fields, where these had news a tick ago.
    pub(super) fn sets_after(&self, fields: u32) -> Option<&Symbols> {
        self.after.iter().find(|(after, _)| *after == fields).map(|(_, symbols)| symbols).or(self.usual.as_ref())
    }
}

const FEW_WORDS: &str = "a line of its codes has too few words";

fn index(kind: &Kind, name: &str) -> Result<usize, &'static str> {
    kind.fields.iter().position(|field| field.name == name).ok_or("its codes name a field that is not there")
}

/// A bit for each of some fields, joined by `+`.
fn set(kind: &Kind, fields: &str) -> Result<u32, &'static str> {
    fields.split('+').try_fold(0, |mask, name| Ok(mask | 1 << index(kind, name)?))
}

/// `FIELD+FIELD:BITS`, `gone:BITS` or `other:BITS`.
fn symbol(kind: &Kind, item: &str) -> Result<Symbol, &'static str> {
    let (topic, bits) = item.split_once(':').ok_or(FEW_WORDS)?;
    let fields = match topic {
        "gone" => Symbol::GONE,
        "other" => Symbol::OTHER,
        fields => set(kind, fields)?,
    };
    Ok(Symbol { fields, bits: bits.parse().map_err(|_| NO_LENGTH)? })
}

/// `VALUE:BITS` or `other:BITS`.
fn value(item: &str) -> Result<(Option<i32>, u32), &'static str> {
    let (value, bits) = item.split_once(':').ok_or(FEW_WORDS)?;
    let value =
        if value == "other" { None } else { Some(value.parse().map_err(|_| "a value of its codes is no number")?) };
    Ok((value, bits.parse().map_err(|_| NO_LENGTH)?))
}

const NO_LENGTH: &str = "a length in its codes is no number";
