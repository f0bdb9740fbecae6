//! `help`: another command's help page.

use crate::{
    cli::{CliError, Ctx, Matches, dispatch, help},
    values::gotext::Quoted,
};

/// Runs `help`.
///
/// # Errors
/// Where the page cannot be written.
pub fn run(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let found = dispatch::find(matches.operands());
    let unknown = found.path.is_empty() && !found.words.is_empty();
    if !unknown {
        let page = help::page(&found.path, ctx);
        return Ok(ctx.print(&page)?);
    }
    let topic = matches.operands().iter().map(|word| backquoted(word)).collect::<Vec<_>>().join(" ");
    let page = format!("Unknown help topic [{topic}]\n{}", help::usage(&[], ctx));
    Ok(ctx.err().write_all(page.as_bytes())?)
}

/// Go's `%#q`: in backquotes where that can be done.
fn backquoted(text: &str) -> String {
    let plain = text.chars().all(|c| c == '\t' || !(c.is_control() || c == '`' || c == '\u{feff}'));
    if plain { format!("`{text}`") } else { Quoted(text).to_string() }
}
