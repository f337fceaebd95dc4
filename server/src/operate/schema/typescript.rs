//! The schema as types of TypeScript: columns of each kind, the input, and what commands, events and rules are as JSON,
//! in serde's own shape. A field that is called otherwise then is an error of the page's compiler.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::tables::{FieldTable, KindTable, Schema};
use super::types::{Coded, CodedType, Named, Variant};

/// Names that every kind's rows have, in `client-web/ts/frame.ts`.
const TAKEN: [&str; 11] = ["count", "changed", "id", "foretold", "renewed", "label", "x", "y", "z", "held", "believed"];

/// Types that the written ones are made of.
const IMPORTED: [&str; 6] = ["Axes2", "Axes3", "Axes4", "Placed2", "Placed3", "Rows"];

/// The types of a game's schema.
///
/// # Errors
/// A sentence where two names would be one.
pub(super) fn written(schema: &Schema) -> Result<String, String> {
    let mut types = BTreeMap::new();
    for kind in &schema.entity {
        insert(&mut types, kind.name, columns(kind)?)?;
    }
    let input = schema.input.first().map_or_else(|| "{}".into(), |kind| object(&kind.fields, ": ", wish));
    let [rules, command, event] = [&schema.rules, &schema.command, &schema.event].map(|coded| coded.as_ref());
    for coded in [rules, command, event].into_iter().flatten() {
        for (name, fields) in &coded.structs {
            insert(&mut types, name, format!("export interface {name} {}\n", record(fields, "")))?;
        }
        for (name, variants) in &coded.enums {
            insert(&mut types, name, format!("export type {name} =\n{};\n", union(variants)))?;
        }
    }
    let used: BTreeSet<&str> =
        IMPORTED.into_iter().filter(|name| types.values().any(|text| mentions(text, name))).collect();
    let mut out = format!(
        "// Written by `schema --typescript` of the server of \"{}\": change the game, and write it anew.\n",
        schema.game
    );
    if !used.is_empty() {
        let used: Vec<_> = used.into_iter().collect();
        line(&mut out, format_args!("import type {{ {} }} from \"auspice-web\";", used.join(", ")));
    }
    let shape = |coded: Option<&Coded>| coded.map_or_else(|| "unknown".into(), |coded| shape(&coded.shape));
    let entity: String = schema.entity.iter().map(|kind| format!("\n        {0}: {0};", kind.name)).collect();
    line(
        &mut out,
        format_args!("\n/** The game, for `Session`. */\nexport interface Game {{\n    entity: {{{entity}\n    }};"),
    );
    line(&mut out, format_args!("    input: Input;\n    command: {};\n    event: {};", shape(command), shape(event)));
    line(&mut out, format_args!("    rules: {};\n}}\n\n/** What a player wants, in units. */", shape(rules)));
    line(&mut out, format_args!("export interface Input {input}"));
    types.values().for_each(|text| line(&mut out, format_args!("\n{}", text.trim_end())));
    Ok(out)
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // A text takes whatever is written to it.
    let _ = writeln!(out, "{text}");
}

/// Whether a type's name is used in a text, not only as the beginning of another.
fn mentions(text: &str, name: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').any(|word| word == name)
}

fn insert(types: &mut BTreeMap<&'static str, String>, name: &'static str, text: String) -> Result<(), String> {
    let is_taken = IMPORTED.contains(&name) || ["Game", "Input"].contains(&name);
    let is_other = types.get(name).is_some_and(|known| *known != text);
    if is_taken || is_other {
        return Err(format!("{name} would be the name of two types of TypeScript"));
    }
    types.insert(name, text);
    Ok(())
}

/// The columns of a kind, as a frame has them.
fn columns(kind: &KindTable) -> Result<String, String> {
    let place = kind.fields.iter().find(|field| field.is_place());
    let base = place.map_or_else(|| "Rows".into(), |field| format!("Placed{}", field.columns.len()));
    let others: Vec<&FieldTable> = kind.fields.iter().filter(|field| !field.is_place()).collect();
    if let Some(field) = others.iter().find(|field| TAKEN.contains(&field.name)) {
        return Err(format!(
            "{}: a field called {} has the name of something that all rows have",
            kind.name, field.name
        ));
    }
    let label = if kind.label { "\n    readonly label: Float64Array;" } else { "" };
    let fields: String =
        others.iter().map(|field| format!("\n    readonly {}: {};", field.name, column(field))).collect();
    Ok(format!("/** Columns of `{0}`. */\nexport interface {0} extends {base} {{{label}{fields}\n}}\n", kind.name))
}

impl FieldTable {
    fn is_place(&self) -> bool {
        self.position && matches!(self.columns.len(), 2 | 3)
    }
}

fn column(field: &FieldTable) -> String {
    match field.columns.len() {
        1 => "Float64Array".into(),
        columns => format!("Axes{columns}"),
    }
}

/// The type of a field of the input.
fn wish(field: &FieldTable) -> String {
    match field.columns.len() {
        1 if field.quantity == "flags" && field.columns[0].bits == 1 => "boolean".into(),
        1 => "number".into(),
        columns => {
            let axes: Vec<_> =
                ["x", "y", "z", "w"].iter().take(columns).map(|axis| format!("{axis}: number")).collect();
            format!("{{ {} }}", axes.join("; "))
        }
    }
}

fn object(fields: &[FieldTable], colon: &str, of: impl Fn(&FieldTable) -> String) -> String {
    let fields: String = fields.iter().map(|field| format!("\n    {}{colon}{};", field.name, of(field))).collect();
    format!("{{{fields}\n}}")
}

/// A struct as JSON, each line of it behind `indent`.
fn record(fields: &[Named], indent: &str) -> String {
    let fields: String =
        fields.iter().map(|field| format!("\n{indent}    {}: {};", field.name, shape(&field.shape))).collect();
    format!("{{{fields}\n{indent}}}")
}

/// An enum as JSON: a text for a variant that holds nothing, an object with its name otherwise.
fn union(variants: &[Variant]) -> String {
    let variants = variants.iter().map(|Variant { name, fields }| match &fields[..] {
        [] => format!("    | \"{name}\""),
        [Named { name: "0", shape: only }] => format!("    | {{ {name}: {} }}", shape(only)),
        [Named { name: "0", .. }, ..] => {
            let parts: Vec<_> = fields.iter().map(|field| shape(&field.shape)).collect();
            format!("    | {{ {name}: [{}] }}", parts.join(", "))
        }
        _ => {
            let fields: Vec<_> =
                fields.iter().map(|field| format!("{}: {}", field.name, shape(&field.shape))).collect();
            format!("    | {{ {name}: {{ {} }} }}", fields.join("; "))
        }
    });
    variants.collect::<Vec<_>>().join("\n")
}

fn shape(coded: &CodedType) -> String {
    match coded {
        CodedType::Unknown => "unknown".into(),
        CodedType::Struct(name) | CodedType::Enum(name) => (*name).into(),
        CodedType::Option(some) => format!("{} | null", shape(some)),
        CodedType::List(item) => match &**item {
            CodedType::Option(_) => format!("({})[]", shape(item)),
            _ => format!("{}[]", shape(item)),
        },
        CodedType::Tuple(parts) if parts.is_empty() => "null".into(),
        CodedType::Tuple(parts) => format!("[{}]", parts.iter().map(shape).collect::<Vec<_>>().join(", ")),
        CodedType::Map(entry) => match &entry[0] {
            CodedType::Plain("text" | "char") => format!("Record<string, {}>", shape(&entry[1])),
            _ => format!("Record<number, {}>", shape(&entry[1])),
        },
        CodedType::Plain(name) => match *name {
            "bool" => "boolean".into(),
            "text" | "char" => "string".into(),
            "bytes" => "number[]".into(),
            _ => "number".into(),
        },
    }
}
