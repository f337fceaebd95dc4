//! The attributes `#[field(...)]` and `#[replicate(...)]`, read and checked.

use proc_macro2::TokenStream;
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::token::Bracket;
use syn::{DeriveInput, Error, Expr, Ident, LitStr, Result, Token, bracketed};

use crate::spelling::{is_quantity, not_of_a_field, not_of_a_struct};

/// Options of a struct, from its `#[replicate(...)]`.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) labelled: bool,
    pub(crate) symbols: Vec<TokenStream>,
    pub(crate) priority: Option<Expr>,
    pub(crate) patience: Option<Expr>,
    pub(crate) interpolate: bool,
    pub(crate) rewinds: bool,
    pub(crate) obstacle: bool,
    pub(crate) codes: Option<Expr>,
}

impl Options {
    pub(crate) fn read(input: &DeriveInput, names: &[&Ident], flattens: bool) -> Result<Self> {
        let mut options = Self::default();
        for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("replicate")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("label") {
                    options.labelled = true;
                } else if meta.path.is_ident("interpolate") {
                    options.interpolate = true;
                } else if meta.path.is_ident("rewinds") {
                    options.rewinds = true;
                } else if meta.path.is_ident("obstacle") {
                    options.obstacle = true;
                } else if meta.path.is_ident("priority") {
                    options.priority = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("patience") {
                    options.patience = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("codes") {
                    options.codes = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("news") {
                    let text: LitStr = meta.value()?.parse()?;
                    let items = text.value();
                    let symbols = items
                        .split_whitespace()
                        .map(|item| symbol(item, names, flattens).map_err(|why| Error::new(text.span(), why)));
                    options.symbols = symbols.collect::<Result<_>>()?;
                } else {
                    return Err(meta.error(not_of_a_struct(&meta.path)));
                }
                Ok(())
            })?;
        }
        Ok(options)
    }
}

/// `field+field:bits`, `gone:bits` or `other:bits` as a line of the table of symbols. Fields of structs that are
/// flattened are looked up where the table is made.
fn symbol(item: &str, names: &[&Ident], flattens: bool) -> std::result::Result<TokenStream, String> {
    let wrong = || format!("`{item}` is not like field+field:bits, gone:bits or other:bits");
    let (topic, bits) = item.split_once(':').ok_or_else(wrong)?;
    let bits: u32 = bits.parse().map_err(|_| wrong())?;
    let fields = match topic {
        "gone" => quote! { ::auspice::state::Symbol::GONE },
        "other" => quote! { ::auspice::state::Symbol::OTHER },
        _ if flattens => {
            let fields = topic.split('+');
            quote! { ::auspice::state::fields_named(FIELDS, &[#(#fields),*]) }
        }
        _ => {
            let mut mask = 0_u32;
            for field in topic.split('+') {
                let index = names
                    .iter()
                    .position(|name| *name == field)
                    .ok_or_else(|| format!("there is no field `{field}`"))?;
                mask |= 1 << index;
            }
            quote! { #mask }
        }
    };
    Ok(quote! { ::auspice::state::Symbol { fields: #fields, bits: #bits } })
}

/// A field of a struct: a line of its table, or a struct whose lines are taken in at its place.
pub(crate) enum FieldLine {
    /// A field of its own: the expression of its line, and whether it is the place.
    Own { expression: TokenStream, is_position: bool },
    /// The fields of another struct.
    Flat,
}

pub(crate) fn table_line(field: &syn::Field, names: &[&Ident]) -> Result<FieldLine> {
    let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut quantity = None;
    let mut rest = TokenStream::new();
    let (mut is_position, mut is_flat) = (false, false);
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("field")) {
        attribute.parse_nested_meta(|meta| {
            let word = meta.path.require_ident()?.clone();
            if is_quantity(&word) {
                if quantity.is_some() {
                    return Err(meta.error(format!("a field measures one thing; `{word}` is a second quantity")));
                }
                quantity = Some(quantity_line(&word, &meta, &name)?);
                return Ok(());
            }
            match word.to_string().as_str() {
                "tolerance" | "news_bits" | "at_once" | "lasts" => {
                    let value: Expr = meta.value()?.parse()?;
                    rest.extend(quote! { .#word(#value) });
                }
                "control" | "position" | "jumps" => {
                    is_position |= word == "position";
                    rest.extend(quote! { .#word() });
                }
                "moved_by" => {
                    let index = leader(&meta, names)?;
                    rest.extend(quote! { .moved_by(#index) });
                }
                "flatten" => is_flat = true,
                _ => {
                    return Err(meta.error(not_of_a_field(&meta.path)));
                }
            }
            Ok(())
        })?;
    }
    match quantity {
        None if is_flat && rest.is_empty() => Ok(FieldLine::Flat),
        Some(quantity) if !is_flat => Ok(FieldLine::Own { expression: quote! { #quantity #rest }, is_position }),
        _ if is_flat => Err(Error::new(
            field.span(),
            "`flatten` stands alone: the fields of this one's struct say themselves what they measure",
        )),
        _ => {
            let example = "#[field(vec2(min = -50, max = 50, step = 0.01), position)], #[field(counter(max = 99))]";
            Err(Error::new(field.span(), format!("say first what it measures, such as {example}")))
        }
    }
}

/// The beginning of a field's line, which is what it measures.
fn quantity_line(word: &Ident, meta: &ParseNestedMeta<'_>, name: &str) -> Result<TokenStream> {
    Ok(match word.to_string().as_str() {
        "scalar" => {
            let [min, max, step]: [Expr; 3] = arguments(meta, ["min", "max", "step"])?;
            quote! { ::auspice::state::Field::scalar(#name, (#min) as f64, (#max) as f64, (#step) as f64) }
        }
        "vec2" | "vec3" => {
            let numbers = if word == "vec2" { 2 } else { 3 };
            let [min, max, step]: [AxisBound; 3] = arguments(meta, ["min", "max", "step"])?;
            let (min, max, step) = (min.each(numbers, meta)?, max.each(numbers, meta)?, step.only(meta)?);
            quote! { ::auspice::state::Field::#word(#name, #min, #max, (#step) as f64) }
        }
        "choice" => {
            let [count]: [Expr; 1] = arguments(meta, ["count"])?;
            quote! { ::auspice::state::Field::choice(#name, #count) }
        }
        "counter" => {
            let [max]: [Expr; 1] = arguments(meta, ["max"])?;
            quote! { ::auspice::state::Field::counter(#name, #max) }
        }
        "angle" | "rotation" | "flags" => {
            let [bits]: [Expr; 1] = arguments(meta, ["bits"])?;
            quote! { ::auspice::state::Field::#word(#name, #bits) }
        }
        _ => return Err(meta.error(not_of_a_field(&meta.path))),
    })
}

/// Index of the field by which another is moved.
fn leader(meta: &ParseNestedMeta<'_>, names: &[&Ident]) -> Result<usize> {
    let value = meta.value()?;
    if value.peek(LitStr) {
        return Err(value.error("the name of a field of this struct, without quotes: moved_by = velocity"));
    }
    let leader: Ident = value.parse()?;
    names.iter().position(|name| **name == leader).ok_or_else(|| {
        let there = names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let told = format!("there is no field `{leader}` in this struct to be moved by; it has: {there}");
        Error::new(leader.span(), told)
    })
}

/// A bound of a range: a number that all axes have, or a list with one for each.
enum AxisBound {
    Common(Expr),
    Each(Vec<Expr>),
}

impl Parse for AxisBound {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if !input.peek(Bracket) {
            return input.parse().map(Self::Common);
        }
        let list;
        bracketed!(list in input);
        Ok(Self::Each(list.parse_terminated(Expr::parse, Token![,])?.into_iter().collect()))
    }
}

impl AxisBound {
    /// The bound of a quantity with one number.
    fn only(self, meta: &ParseNestedMeta<'_>) -> Result<Expr> {
        match self {
            Self::Common(bound) => Ok(bound),
            Self::Each(_) => Err(meta.error("one number has one range: min = ..., max = ...")),
        }
    }

    /// The bounds of a quantity with so many.
    fn each(self, numbers: usize, meta: &ParseNestedMeta<'_>) -> Result<TokenStream> {
        let bounds = match self {
            Self::Common(bound) => vec![bound; numbers],
            Self::Each(bounds) if bounds.len() == numbers => bounds,
            Self::Each(_) => return Err(meta.error(format!("a list of bounds has one for each of {numbers} axes"))),
        };
        Ok(quote! { [#((#bounds) as f64),*] })
    }
}

/// The values of `name = value` pairs in parentheses, each of `expected` once.
fn arguments<T: Parse, const N: usize>(meta: &ParseNestedMeta<'_>, expected: [&str; N]) -> Result<[T; N]> {
    let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
    let usage = format!("{word}({})", expected.map(|name| format!("{name} = ..")).join(", "));
    let mut values: [Option<T>; N] = [const { None }; N];
    if !meta.input.is_empty() && !meta.input.peek(Token![,]) {
        meta.parse_nested_meta(|inner| {
            let Some(index) = expected.iter().position(|name| inner.path.is_ident(name)) else {
                let name = inner.path.get_ident().map(ToString::to_string).unwrap_or_default();
                return Err(inner.error(format!("`{name}` is not one of: {usage}")));
            };
            if values[index].replace(inner.value()?.parse()?).is_some() {
                return Err(inner.error(format!("`{}` is there twice", expected[index])));
            }
            Ok(())
        })?;
    }
    let missing: Vec<_> = expected
        .iter()
        .zip(&values)
        .filter(|(_, value)| value.is_none())
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    let told = match missing.as_slice() {
        [] => String::new(),
        [only] => format!("{only} is missing: {usage}"),
        [most @ .., last] => format!("{} and {last} are missing: {usage}", most.join(", ")),
    };
    // All are there or none is handed on.
    let values: Vec<T> = values.into_iter().flatten().collect();
    values.try_into().map_err(|_| meta.error(told))
}
