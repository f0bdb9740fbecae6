//! Expressions from text to programs.

use super::{
    check::{self, Checked},
    eval::Machine,
    types::Ty,
    value::{Fail, Val},
};
use cel::{
    Env,
    common::ast::{CallExpr, EntryExpr, Expr, IdedExpr, SourceInfo},
};
use skiff_compact::Order;
use std::sync::Arc;

/// Longest expression, as cel-go bounds it.
const MAX_CODE_POINTS: usize = 100_000;

/// Deepest expression, as cel-go bounds it.
const MAX_DEPTH: usize = 250;
/// Most operators and brackets: each may be a level of the parser's tree.
const MAX_OPERATORS: usize = 4_000;
/// So many levels are parsed on any thread's stack.
const FEW_OPERATORS: usize = 100;
/// The stack for the others; what is not used takes no memory.
const PARSER_STACK: usize = 64 << 20;

/// A checked expression.
#[derive(Debug)]
pub(crate) struct Program {
    expr: Arc<IdedExpr>,
    /// What the expression gives.
    pub(crate) ty: Ty,
    /// The variables that it names.
    pub(crate) names: Vec<String>,
}

/// The macros of Kubernetes' environment, with as many arguments as they take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Macro {
    Has,
    All,
    Exists,
    ExistsOne,
    Map,
    Filter,
    TransformList,
    TransformMap,
    SortBy,
    OptMap,
    OptFlatMap,
    Bind,
}

impl Macro {
    /// How many variables stand before the body.
    pub(crate) fn variables(self, args: usize) -> usize {
        match self {
            Self::All | Self::Exists | Self::ExistsOne if args == 3 => 2,
            Self::TransformList | Self::TransformMap => 2,
            _ => 1,
        }
    }

    /// Whether the body must be a condition.
    pub(crate) fn wants_bool(self) -> bool {
        matches!(self, Self::All | Self::Exists | Self::ExistsOne | Self::Filter)
    }
}

/// The macro that a call is, if any.
pub(crate) fn macro_of(call: &CallExpr) -> Option<Macro> {
    let ident = |place: usize| matches!(call.args.get(place).map(|arg| &arg.expr), Some(Expr::Ident(_)));
    let found = match (call.func_name.as_str(), call.args.len(), &call.target) {
        ("has", 1, None) => return Some(Macro::Has),
        ("bind", 3, Some(target)) if matches!(&target.expr, Expr::Ident(name) if name == "cel") => {
            Macro::Bind
        }
        ("all", 2 | 3, Some(_)) => Macro::All,
        ("exists", 2 | 3, Some(_)) => Macro::Exists,
        ("exists_one" | "existsOne", 2 | 3, Some(_)) => Macro::ExistsOne,
        ("map", 2 | 3, Some(_)) => Macro::Map,
        ("filter", 2, Some(_)) => Macro::Filter,
        ("transformList", 3 | 4, Some(_)) => Macro::TransformList,
        ("transformMap", 3 | 4, Some(_)) => Macro::TransformMap,
        ("sortBy", 2, Some(_)) => Macro::SortBy,
        ("optMap", 2, Some(_)) => Macro::OptMap,
        ("optFlatMap", 2, Some(_)) => Macro::OptFlatMap,
        _ => return None,
    };
    (0..found.variables(call.args.len())).all(ident).then_some(found)
}

/// `sets.contains`, where `sets` is no variable.
pub(crate) fn qualified(call: &CallExpr, known: &dyn Fn(&str) -> bool) -> Option<String> {
    let Some(Expr::Ident(space)) = call.target.as_ref().map(|target| &target.expr) else { return None };
    let named = super::signatures::space_function(space, &call.func_name) && !known(space);
    named.then(|| format!("{space}.{}", call.func_name))
}

impl Program {
    /// Whether it only names a variable or something inside of one.
    pub(crate) fn is_path(&self) -> bool {
        matches!(self.expr.expr, Expr::Ident(_) | Expr::Select(_))
    }

    /// Parses and checks an expression with these variables.
    ///
    /// # Errors
    /// Everything that is wrong with it, as cel-go prints it: each failure with its line and a pointer.
    pub(crate) fn compile(source: &str, variables: &[(&str, Ty)]) -> Result<Self, String> {
        let length = source.chars().count();
        if length > MAX_CODE_POINTS {
            return Err(format!(
                "ERROR: <input>:-1:0: expression code point size exceeds limit: size: {length}, limit {MAX_CODE_POINTS}"
            ));
        }
        let (expr, info) = parse_somewhere(source)?;
        let Checked { ty, errors, names } = check::check(&expr, variables);
        if errors.is_empty() {
            return Ok(Self { expr: Arc::new(expr), ty: ty.unwrap_or(Ty::Dyn), names });
        }
        let mut placed: Vec<(usize, usize, String)> = errors
            .into_iter()
            .map(|(id, text)| {
                let (line, column) = place(source, &info, id);
                (line, column, text)
            })
            .collect();
        placed.order();
        placed.dedup();
        let texts: Vec<String> =
            placed.iter().map(|(line, column, text)| shown(source, *line, *column, text)).collect();
        Err(texts.join("\n"))
    }

    /// Runs the program. `fuel` counts down, and bounds what hostile expressions take.
    ///
    /// # Errors
    /// cel-go's words for what went wrong; fatal where the fuel is used up.
    pub(crate) fn run<'a>(
        &'a self,
        variables: Vec<(&'a str, Val<'a>)>,
        fuel: &mut i64,
    ) -> Result<Val<'a>, Fail> {
        let mut machine = Machine::new(variables, *fuel);
        let result = machine.eval(&self.expr);
        *fuel = machine.left();
        result
    }
}

/// Parses where the stack is large enough for the worst that the text can be.
fn parse_somewhere(source: &str) -> Result<(IdedExpr, SourceInfo), String> {
    let operators = source.matches(|c: char| "+-*/%<>=!&|?.[({,".contains(c)).count();
    if operators <= FEW_OPERATORS {
        return parse(source);
    }
    if operators > MAX_OPERATORS {
        return Err(too_deep());
    }
    let source = source.to_owned();
    let parser = std::thread::Builder::new().stack_size(PARSER_STACK);
    let running = parser.spawn(move || parse(&source)).map_err(|error| error.to_string())?;
    running.join().unwrap_or_else(|_| Err("the parser stopped".to_owned()))
}

fn too_deep() -> String {
    format!("ERROR: <input>:-1:0: expression recursion limit exceeded: {MAX_DEPTH}")
}

fn parse(source: &str) -> Result<(IdedExpr, SourceInfo), String> {
    let parser = Env::default().with_optional_support(true).parser().enable_ident_escape_syntax(true);
    let parsed = parser.parse_with_source_info(source).map_err(|errors| {
        let texts = errors.errors.iter().map(|error| {
            let (line, column) = (error.pos.0.max(1), error.pos.1.max(1));
            shown(source, line.unsigned_abs(), column.unsigned_abs(), &error.msg)
        });
        texts.collect::<Vec<_>>().join("\n")
    })?;
    if deeper(&parsed.0, MAX_DEPTH) { Err(too_deep()) } else { Ok(parsed) }
}

/// Whether an expression has more levels than these.
fn deeper(expr: &IdedExpr, left: usize) -> bool {
    let Some(left) = left.checked_sub(1) else { return true };
    match &expr.expr {
        Expr::Call(call) => {
            call.target.iter().any(|target| deeper(target, left))
                || call.args.iter().any(|arg| deeper(arg, left))
        }
        Expr::Select(select) => deeper(&select.operand, left),
        Expr::List(list) => list.elements.iter().any(|item| deeper(item, left)),
        Expr::Map(map) => map.entries.iter().any(|entry| match &entry.expr {
            EntryExpr::MapEntry(entry) => deeper(&entry.key, left) || deeper(&entry.value, left),
            EntryExpr::StructField(field) => deeper(&field.value, left),
        }),
        Expr::Struct(made) => made.entries.iter().any(|entry| match &entry.expr {
            EntryExpr::MapEntry(entry) => deeper(&entry.key, left) || deeper(&entry.value, left),
            EntryExpr::StructField(field) => deeper(&field.value, left),
        }),
        _ => false,
    }
}

/// Line and column of an expression, both from 1.
fn place(source: &str, info: &SourceInfo, id: u64) -> (usize, usize) {
    let offset = info.offset_for(id).map_or(0, |(start, _)| start as usize);
    let before: String = source.chars().take(offset).collect();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    (line, column)
}

fn shown(source: &str, line: usize, column: usize, text: &str) -> String {
    let code = source.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let dots = ".".repeat(column.saturating_sub(1));
    format!("ERROR: <input>:{line}:{column}: {text}\n | {code}\n | {dots}^")
}
