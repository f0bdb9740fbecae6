//! `range` over everything that has elements.

use super::{
    Operand,
    walk::{Flow, Result, State},
};
use crate::{
    fmt,
    parse::Branch,
    value::{Object, Value},
};

impl<'t> State<'_, 't> {
    pub(super) fn range(&mut self, dot: &Operand, branch: &'t Branch) -> Result<Flow> {
        self.check_stack()?;
        let mark = self.vars.len();
        let value = self.pipeline(dot, &branch.pipe)?;
        let ran = self.iterate(&value.value, branch)?;
        let flow = match branch.otherwise {
            // The variables of the pipeline are still in sight.
            Some(otherwise) if !ran => self.walk(dot, otherwise)?,
            _ => Flow::Next,
        };
        self.vars.truncate(mark);
        Ok(flow)
    }

    /// Runs the body for each element. Says whether there was one.
    fn iterate(&mut self, value: &Value, branch: &'t Branch) -> Result<bool> {
        match value {
            Value::Nil => Ok(false),
            Value::Int(kind, n) => self.count(value, branch, 0..*n, |i| Value::Int(*kind, i)),
            Value::Uint(kind, n) => self.count(value, branch, 0..*n, |i| Value::Uint(*kind, i)),
            Value::List(list) => {
                let elem = list.elem();
                // `sortAlpha` in the body changes what comes next.
                for i in 0..list.len() {
                    let Some(item) = list.get(i) else { break };
                    let index = Operand::concrete(Value::int(i as i64));
                    if self.iteration(branch, index, Operand::of(elem, item.clone()))? {
                        break;
                    }
                }
                Ok(!list.is_empty())
            }
            Value::Map(map) => {
                let elem = map.elem();
                let entries = map.snapshot();
                let ran = !entries.is_empty();
                for (key, item) in entries {
                    let key = Operand::concrete(Value::Str(key));
                    if self.iteration(branch, key, Operand::of(elem, item))? {
                        break;
                    }
                }
                Ok(ran)
            }
            Value::Object(object) => self.iterate_object(&**object, value, branch),
            _ => Err(self.not_iterable(value)),
        }
    }

    fn iterate_object(&mut self, object: &dyn Object, value: &Value, branch: &'t Branch) -> Result<bool> {
        match object.underlying() {
            Some(Value::Int(_, n)) => {
                return self.count(value, branch, 0..n, |i| object.renumbered(i).unwrap_or(Value::int(i)));
            }
            Some(underlying) => return self.iterate(&underlying, branch),
            None => {}
        }
        let Some(entries) = object.entries() else { return Err(self.not_iterable(value)) };
        let ran = !entries.is_empty();
        for (key, item) in entries {
            if self.iteration(branch, Operand::concrete(key), Operand::concrete(item))? {
                break;
            }
        }
        Ok(ran)
    }

    fn not_iterable(&self, value: &Value) -> super::ExecError {
        let mut text = b"range can't iterate over ".to_vec();
        fmt::append_value(&mut text, value);
        self.error(crate::unicode::lossy(&text))
    }

    fn count<N>(
        &mut self,
        value: &Value,
        branch: &'t Branch,
        numbers: impl Iterator<Item = N>,
        wrap: impl Fn(N) -> Value,
    ) -> Result<bool> {
        if branch.pipe.decl.len() > 1 {
            let text = fmt::sprint(std::slice::from_ref(value));
            let text = crate::unicode::lossy(&text);
            return Err(self.error(format!("can't use {text} to iterate over more than one variable")));
        }
        let mut ran = false;
        for n in numbers {
            ran = true;
            if self.iteration(branch, Operand::INVALID, Operand::concrete(wrap(n)))? {
                break;
            }
        }
        Ok(ran)
    }

    /// The body once. Says whether it broke out of the loop.
    fn iteration(&mut self, branch: &'t Branch, index: Operand, elem: Operand) -> Result<bool> {
        self.step()?;
        let pipe = &branch.pipe;
        let mark = self.vars.len();
        match (&self.source()[pipe.decl], pipe.assign) {
            ([], _) => {}
            ([name], true) => self.assign(*name, elem.clone())?,
            ([first, second, ..], true) => {
                self.assign(*first, index)?;
                self.assign(*second, elem.clone())?;
            }
            ([_], false) => self.vars[mark - 1].1 = elem.clone(),
            ([_, _, ..], false) => {
                self.vars[mark - 1].1 = elem.clone();
                self.vars[mark - 2].1 = index;
            }
        }
        let flow = self.walk(&elem, branch.list)?;
        self.vars.truncate(mark);
        Ok(flow == Flow::Break)
    }
}
