//! Binds a call to a function's own signature, which is read once when the function is guarded.

use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::error::{Code, Denial};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::value::Reader;

/// One parameter, as Python describes it: `(name, kind, has_default, default, judged)`.
/// `kind` is the value of `inspect.Parameter.kind`.
pub(crate) type Description = (Py<PyString>, u8, bool, Py<PyAny>, bool);

const POSITIONAL_ONLY: u8 = 0;
const VAR_POSITIONAL: u8 = 2;
const KEYWORD_ONLY: u8 = 3;
const VAR_KEYWORD: u8 = 4;

/// A function's signature, ready to bind calls.
pub(crate) struct Binder {
    /// Positional parameters first, then keyword-only ones.
    parameters: Vec<Parameter>,
    /// How many of them may be given by position.
    positional: usize,
    /// Whether there is `*args`.
    surplus: bool,
    /// Whether there is `**kwargs`.
    keywords: bool,
    /// What to judge, in code-point order of the names, so that the object needs no sorting.
    judged: Vec<(String, Place)>,
    /// The `inspect.Signature`, which words the `TypeError` of a call that does not fit.
    signature: Py<PyAny>,
}

struct Parameter {
    name: Py<PyString>,
    by_keyword: bool,
    default: Option<Py<PyAny>>,
}

#[derive(Clone, Copy)]
enum Place {
    Parameter(usize),
    Surplus,
}

impl Place {
    const fn index(self) -> usize {
        match self {
            Self::Parameter(index) => index,
            Self::Surplus => usize::MAX,
        }
    }
}

/// A call that fits: what to judge, and what to call the function with if it is allowed.
pub(crate) struct BoundCall<'py> {
    pub(crate) arguments: Result<Object, Denial>,
    pub(crate) positional: Bound<'py, PyTuple>,
    pub(crate) keywords: Option<Bound<'py, PyDict>>,
}

/// What one call gave: a value for each parameter, and the rest.
struct Given<'py> {
    slots: Vec<Bound<'py, PyAny>>,
    surplus: Vec<Bound<'py, PyAny>>,
    keywords: Vec<(Bound<'py, PyString>, Bound<'py, PyAny>)>,
}

impl Binder {
    pub(crate) fn new(py: Python<'_>, descriptions: Vec<Description>, signature: Py<PyAny>) -> PyResult<Self> {
        let (mut parameters, mut judged) = (Vec::new(), Vec::new());
        let (mut positional, mut surplus, mut keywords) = (0, false, false);
        for (name, kind, has_default, default, is_judged) in descriptions {
            let text = name.bind(py).to_str()?.to_owned();
            match kind {
                VAR_POSITIONAL => {
                    surplus = true;
                    if is_judged {
                        judged.push((text, Place::Surplus));
                    }
                }
                VAR_KEYWORD => keywords = true,
                _ => {
                    if is_judged {
                        judged.push((text, Place::Parameter(parameters.len())));
                    }
                    positional += usize::from(kind != KEYWORD_ONLY);
                    let by_keyword = kind != POSITIONAL_ONLY;
                    parameters.push(Parameter { name, by_keyword, default: has_default.then_some(default) });
                }
            }
        }
        judged.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Self { parameters, positional, surplus, keywords, judged, signature })
    }

    /// Binds one call and takes the private copy of what it gave.
    ///
    /// # Errors
    /// `TypeError` where the call does not fit the signature. Values that cannot be read are a refusal, not an error:
    /// it is in `arguments`, so that it is recorded.
    pub(crate) fn bind<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: &Bound<'py, PyDict>,
    ) -> PyResult<BoundCall<'py>> {
        let Some(mut given) = self.fit(args, kwargs) else { return Err(self.misfit(args, kwargs)) };
        match self.read(&mut given) {
            Ok(object) => {
                let (positional, keywords) = self.copies(args.py(), given)?;
                Ok(BoundCall { arguments: Ok(object), positional, keywords })
            }
            Err(denial) => Ok(BoundCall {
                arguments: Err(denial),
                positional: args.clone(),
                keywords: (!kwargs.is_empty()).then(|| kwargs.clone()),
            }),
        }
    }

    fn fit<'py>(&self, args: &Bound<'py, PyTuple>, kwargs: &Bound<'py, PyDict>) -> Option<Given<'py>> {
        let count = self.parameters.len();
        let mut slots = Vec::with_capacity(count);
        let mut surplus = Vec::new();
        for value in args.iter() {
            if slots.len() < self.positional {
                slots.push(value);
            } else if self.surplus {
                surplus.push(value);
            } else {
                return None;
            }
        }
        let mut keywords = Vec::new();
        if slots.len() == count && kwargs.is_empty() {
            return Some(Given { slots, surplus, keywords });
        }
        let by_position = slots.len();
        let mut rest: Vec<Option<Bound<'py, PyAny>>> = vec![None; count - by_position];
        for (key, value) in kwargs.iter() {
            let key = key.cast_into_exact::<PyString>().ok()?;
            match self.by_keyword(&key) {
                Some(index) => {
                    let slot = rest.get_mut(index.checked_sub(by_position)?)?;
                    if slot.replace(value).is_some() {
                        return None;
                    }
                }
                None if self.keywords => keywords.push((key, value)),
                None => return None,
            }
        }
        for (given, parameter) in rest.into_iter().zip(self.parameters.iter().skip(by_position)) {
            let default = || parameter.default.as_ref().map(|default| default.bind(args.py()).clone());
            slots.push(given.or_else(default)?);
        }
        Some(Given { slots, surplus, keywords })
    }

    fn by_keyword(&self, key: &Bound<'_, PyString>) -> Option<usize> {
        let parameters = || self.parameters.iter();
        // A keyword written in code is the very string of the signature.
        let index = parameters().position(|parameter| parameter.name.is(key)).or_else(|| {
            let text = key.to_str().ok()?;
            parameters().position(|parameter| parameter.name.bind(key.py()).to_str().is_ok_and(|name| name == text))
        })?;
        self.parameters.get(index).is_some_and(|parameter| parameter.by_keyword).then_some(index)
    }

    /// Reads what is to be judged, and puts the copies in place of what was given.
    fn read(&self, given: &mut Given<'_>) -> Result<Object, Denial> {
        let mut reader = Reader::new();
        let mut members = Vec::with_capacity(self.judged.len() + given.keywords.len());
        for (name, place) in &self.judged {
            let mut json = Json::Null;
            let read = match (*place, given.slots.get_mut(place.index())) {
                (Place::Parameter(_), Some(slot)) => reader.argument(slot, &mut json).map(|copy| replace(slot, copy)),
                _ => reader.arguments(&mut given.surplus, &mut json),
            };
            read.map_err(|fault| fault.under(name).denial())?;
            members.push((name.clone(), json));
        }
        for (key, value) in &mut given.keywords {
            let name = reader.text(key).map_err(|fault| fault.denial())?;
            let mut json = Json::Null;
            match reader.argument(value, &mut json) {
                Ok(copy) => replace(value, copy),
                Err(fault) => return Err(fault.under(&name).denial()),
            }
            members.push((name, json));
        }
        Object::from_members(members).map_err(|fault| Denial::new(Code::ParameterInvalid, fault.rule))
    }

    fn copies<'py>(
        &self,
        py: Python<'py>,
        given: Given<'py>,
    ) -> PyResult<(Bound<'py, PyTuple>, Option<Bound<'py, PyDict>>)> {
        let Given { mut slots, surplus, keywords } = given;
        let named = slots.split_off(self.positional.min(slots.len()));
        slots.extend(surplus);
        let positional = PyTuple::new(py, slots)?;
        if named.is_empty() && keywords.is_empty() {
            return Ok((positional, None));
        }
        let dict = PyDict::new(py);
        for (parameter, value) in self.parameters.iter().skip(self.positional).zip(named) {
            dict.set_item(parameter.name.bind(py), value)?;
        }
        for (key, value) in keywords {
            dict.set_item(key, value)?;
        }
        Ok((positional, Some(dict)))
    }

    /// The `TypeError` that Python would raise for this call.
    #[cold]
    fn misfit(&self, args: &Bound<'_, PyTuple>, kwargs: &Bound<'_, PyDict>) -> PyErr {
        match self.signature.bind(args.py()).call_method("bind", args, Some(kwargs)) {
            Err(error) => error,
            Ok(_) => PyTypeError::new_err("the arguments do not fit the function's signature"),
        }
    }
}

fn replace<'py>(slot: &mut Bound<'py, PyAny>, copy: Option<Bound<'py, PyAny>>) {
    if let Some(copy) = copy {
        *slot = copy;
    }
}
