//! `#[derive(Replicate)]`: writes the field table of an entity from attributes.
//!
//! Its attributes are described on the macro itself; `auspice` passes it on, and runs the examples.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::spanned::Spanned;
use syn::{Data, DataEnum, DeriveInput, Error, Expr, Fields, Ident, LitStr, Result, parse_macro_input};

#[doc = include_str!("../ATTRIBUTES.md")]
#[proc_macro_derive(Replicate, attributes(field, replicate))]
pub fn derive_replicate(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let expanded = match &input.data {
        Data::Struct(data) => expand_struct(&input, &data.fields),
        Data::Enum(data) => expand_enum(&input, data),
        Data::Union(_) => Err(Error::new(input.span(), "Replicate cannot be derived for a union")),
    };
    expanded.unwrap_or_else(Error::into_compile_error).into()
}

fn expand_struct(input: &DeriveInput, fields: &Fields) -> Result<TokenStream> {
    let Fields::Named(named) = fields else {
        return Err(Error::new(fields.span(), "Replicate needs a struct with named fields"));
    };
    let names: Vec<&Ident> = named.named.iter().filter_map(|field| field.ident.as_ref()).collect();
    let types: Vec<_> = named.named.iter().map(|field| &field.ty).collect();
    let lines: Vec<Line> = named.named.iter().map(|field| table_line(field, &names)).collect::<Result<_>>()?;
    let tables = lines.iter().map(|line| &line.expression);
    let name = &input.ident;
    let Options { labelled, symbols, priority, interpolate, rewinds, obstacle } = Options::read(input, &names)?;
    let position = lines.iter().zip(&names).enumerate().find(|(_, (line, _))| line.is_position).map(|(index, (_, field))| {
        quote! {
            #[inline]
            fn position(&self) -> Option<::auspice::glam::Vec3> {
                Some(::auspice::state::Point::to_units(&self.#field, &Self::KINDS[0].fields[#index]))
            }
        }
    });
    let title = name.to_string();
    let priority = priority.unwrap_or_else(|| syn::parse_quote!(1));
    let display = if interpolate {
        quote! { Interpolate }
    } else {
        quote! { Advance }
    };
    let indexes = 0..names.len();
    let indexes_again = indexes.clone();
    // Names of the expansion's own, which no field's name can meet.
    let [row, fields, at] = ["row", "fields", "at"].map(|name| Ident::new(name, Span::mixed_site()));
    let (generics, type_generics, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        impl #generics ::auspice::state::Replicate for #name #type_generics #bounds {
            const KINDS: &'static [::auspice::state::Kind] = &[::auspice::state::Kind {
                name: #title,
                labelled: #labelled,
                priority: #priority,
                news: &[#(#symbols),*],
                display: ::auspice::state::Display::#display,
                rewinds: #rewinds,
                obstacle: #obstacle,
                fields: {
                    const FIELDS: &[::auspice::state::Field] = &[#(#tables),*];
                    FIELDS
                },
            }];

            fn kind(&self) -> usize {
                0
            }

            fn write_row(&self, #row: &mut ::auspice::state::Row) {
                let #fields = Self::KINDS[0].fields;
                let mut #at = 0;
                #(
                    ::auspice::state::FieldValue::write_columns(&self.#names, &#fields[#indexes], &mut #row[#at..]);
                    #at += #fields[#indexes].quantity.columns();
                )*
                let _ = #at;
            }

            fn read_row(_: usize, #row: &::auspice::state::Row) -> Self {
                let #fields = Self::KINDS[0].fields;
                let mut #at = 0;
                #(
                    const {
                        let quantity = <Self as ::auspice::state::Replicate>::KINDS[0].fields[#indexes_again].quantity;
                        assert!(
                            quantity.columns() == <#types as ::auspice::state::FieldValue>::COLUMNS,
                            "the field's type has another shape than its quantity: one number, two, three, or a rotation"
                        );
                        assert!(
                            quantity.max() as i64 <= <#types as ::auspice::state::FieldValue>::STEPS_MAX
                                && quantity.min() as i64 >= <#types as ::auspice::state::FieldValue>::STEPS_MIN,
                            "the field's range has more steps than its type holds exactly"
                        );
                    }
                    let #names = <#types as ::auspice::state::FieldValue>::read_columns(&#fields[#indexes_again], &#row[#at..]);
                    #at += #fields[#indexes_again].quantity.columns();
                )*
                let _ = #at;
                Self { #(#names),* }
            }

            #position
        }
    })
}

fn expand_enum(input: &DeriveInput, data: &DataEnum) -> Result<TokenStream> {
    let mut variants = Vec::new();
    let mut types = Vec::new();
    for variant in &data.variants {
        let Fields::Unnamed(inner) = &variant.fields else {
            return Err(Error::new(variant.span(), "each variant holds one struct that derives Replicate"));
        };
        let (Some(only), 1) = (inner.unnamed.first(), inner.unnamed.len()) else {
            return Err(Error::new(variant.span(), "each variant holds one struct that derives Replicate"));
        };
        variants.push(&variant.ident);
        types.push(&only.ty);
    }
    let Some(last) = variants.last() else {
        return Err(Error::new(input.span(), "an enum of kinds needs at least one"));
    };
    let last_type = types.last();
    let name = &input.ident;
    let indexes = 0..variants.len();
    let indexes_again = indexes.clone();
    Ok(quote! {
        impl ::auspice::state::Replicate for #name {
            const KINDS: &'static [::auspice::state::Kind] = &[#({
                assert!(<#types as ::auspice::state::Replicate>::KINDS.len() == 1, "a variant holds a struct, not an enum");
                <#types as ::auspice::state::Replicate>::KINDS[0]
            }),*];

            fn kind(&self) -> usize {
                match self {
                    #(Self::#variants(_) => #indexes,)*
                }
            }

            fn write_row(&self, row: &mut ::auspice::state::Row) {
                match self {
                    #(Self::#variants(inner) => ::auspice::state::Replicate::write_row(inner, row),)*
                }
            }

            fn read_row(kind: usize, row: &::auspice::state::Row) -> Self {
                match kind {
                    #(#indexes_again => Self::#variants(<#types as ::auspice::state::Replicate>::read_row(0, row)),)*
                    _ => Self::#last(<#last_type as ::auspice::state::Replicate>::read_row(0, row)),
                }
            }

            #[inline]
            fn position(&self) -> Option<::auspice::glam::Vec3> {
                match self {
                    #(Self::#variants(inner) => ::auspice::state::Replicate::position(inner),)*
                }
            }
        }
    })
}

/// Options of a struct, from its `#[replicate(...)]`.
#[derive(Default)]
struct Options {
    labelled: bool,
    symbols: Vec<TokenStream>,
    priority: Option<Expr>,
    interpolate: bool,
    rewinds: bool,
    obstacle: bool,
}

impl Options {
    fn read(input: &DeriveInput, names: &[&Ident]) -> Result<Self> {
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
                } else if meta.path.is_ident("news") {
                    let text: LitStr = meta.value()?.parse()?;
                    let items = text.value();
                    let symbols =
                        items.split_whitespace().map(|item| symbol(item, names).map_err(|why| Error::new(text.span(), why)));
                    options.symbols = symbols.collect::<Result<_>>()?;
                } else {
                    let expected = "expected `label`, `interpolate`, `rewinds`, `obstacle`, `priority = N` or `news = \"...\"`";
                    return Err(meta.error(expected));
                }
                Ok(())
            })?;
        }
        Ok(options)
    }
}

/// `field+field:bits`, `gone:bits` or `other:bits` as a line of the table of symbols.
fn symbol(item: &str, names: &[&Ident]) -> std::result::Result<TokenStream, String> {
    let wrong = || format!("`{item}` is not like field+field:bits, gone:bits or other:bits");
    let (topic, bits) = item.split_once(':').ok_or_else(wrong)?;
    let bits: u32 = bits.parse().map_err(|_| wrong())?;
    let fields = match topic {
        "gone" => quote! { ::auspice::state::Symbol::GONE },
        "other" => quote! { ::auspice::state::Symbol::OTHER },
        _ => {
            let mut mask = 0_u32;
            for field in topic.split('+') {
                let index =
                    names.iter().position(|name| *name == field).ok_or_else(|| format!("there is no field `{field}`"))?;
                mask |= 1 << index;
            }
            quote! { #mask }
        }
    };
    Ok(quote! { ::auspice::state::Symbol { fields: #fields, bits: #bits } })
}

/// The line of a field in the table.
struct Line {
    expression: TokenStream,
    is_position: bool,
}

fn table_line(field: &syn::Field, names: &[&Ident]) -> Result<Line> {
    let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut quantity = None;
    let mut rest = TokenStream::new();
    let mut is_position = false;
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("field")) {
        attribute.parse_nested_meta(|meta| {
            let word = meta.path.require_ident()?.clone();
            match word.to_string().as_str() {
                "scalar" | "vec2" | "vec3" => {
                    let [min, max, step] = arguments(&meta, ["min", "max", "step"])?;
                    quantity = Some(quote! {
                        ::auspice::state::Field::#word(#name, (#min) as f64, (#max) as f64, (#step) as f64)
                    });
                }
                "angle" | "rotation" | "flags" => {
                    let [bits] = arguments(&meta, ["bits"])?;
                    quantity = Some(quote! { ::auspice::state::Field::#word(#name, #bits) });
                }
                "choice" => {
                    let [count] = arguments(&meta, ["count"])?;
                    quantity = Some(quote! { ::auspice::state::Field::choice(#name, #count) });
                }
                "counter" => {
                    let [max] = arguments(&meta, ["max"])?;
                    quantity = Some(quote! { ::auspice::state::Field::counter(#name, #max) });
                }
                "tolerance" | "news_bits" => {
                    let value: Expr = meta.value()?.parse()?;
                    rest.extend(quote! { .#word(#value) });
                }
                "control" | "position" => {
                    is_position |= word == "position";
                    rest.extend(quote! { .#word() });
                }
                "moved_by" => {
                    let leader: Ident = meta.value()?.parse()?;
                    let Some(index) = names.iter().position(|name| **name == leader) else {
                        return Err(Error::new(leader.span(), "there is no such field to be moved by"));
                    };
                    rest.extend(quote! { .moved_by(#index) });
                }
                _ => {
                    return Err(meta.error(
                        "not a quantity or option of a field; see the documentation of the derive, auspice::Replicate",
                    ));
                }
            }
            Ok(())
        })?;
    }
    let Some(quantity) = quantity else {
        return Err(Error::new(
            field.span(),
            "say what it measures: #[field(scalar(min = ..., max = ..., step = ...))] or another",
        ));
    };
    Ok(Line { expression: quote! { #quantity #rest }, is_position })
}

/// The values of `name = value` pairs in parentheses, each of `expected` once.
fn arguments<const N: usize>(meta: &syn::meta::ParseNestedMeta<'_>, expected: [&str; N]) -> Result<[Expr; N]> {
    let mut values: [Option<Expr>; N] = [const { None }; N];
    meta.parse_nested_meta(|inner| {
        let Some(index) = expected.iter().position(|name| inner.path.is_ident(name)) else {
            return Err(inner.error(format!("expected {}", expected.join(", "))));
        };
        values[index] = Some(inner.value()?.parse()?);
        Ok(())
    })?;
    if values.iter().any(Option::is_none) {
        return Err(meta.error(format!("needs {}", expected.join(", "))));
    }
    Ok(values.map(|value| value.unwrap_or_else(|| syn::parse_quote!(0))))
}
