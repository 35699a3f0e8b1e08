//! Python values as JSON, and the private copy that the tool gets, both from one reading.
//!
//! Exact types only: a subclass may carry operators of its own, so what was read would not be what runs.

use kakunin_core::bounds::JsonBounds;
use kakunin_core::encoding::json::{Json, Number, Object};
use kakunin_core::error::{Code, Denial};
use kakunin_core::time::UnixTime;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDateTime, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple, PyType, PyTzInfo};

/// Why a value cannot be an argument, and where it stands.
pub(crate) struct Fault {
    rule: &'static str,
    found: Option<String>,
    /// From the innermost step outward.
    path: Vec<Step>,
}

enum Step {
    Key(String),
    Element,
}

/// Most digits of a `decimal.Decimal`, and most zeros its exponent may add. 64: above the 34 that any constraint
/// reads, and small enough that its plain form costs nothing.
const DECIMAL_DIGITS: usize = 64;

/// One reading of the arguments of one call, within the bounds of arguments.
pub(crate) struct Reader {
    values_left: usize,
    bytes_left: usize,
}

/// The private copy of a value; `None` where the value is immutable and serves as its own copy.
///
/// Its JSON goes to a place of the caller's: moving it through results would cost more than reading it.
pub(crate) type Copied<'py> = Result<Option<Bound<'py, PyAny>>, Box<Fault>>;

impl Fault {
    #[cold]
    fn new(rule: &'static str) -> Box<Self> {
        Box::new(Self { rule, found: None, path: Vec::new() })
    }

    #[cold]
    fn found(rule: &'static str, value: &Bound<'_, PyAny>) -> Box<Self> {
        let name =
            value.get_type().fully_qualified_name().map_or_else(|_| "unknown".to_owned(), |name| name.to_string());
        Box::new(Self { rule, found: Some(name), path: Vec::new() })
    }

    #[cold]
    fn not_finite(double: f64) -> Box<Self> {
        Box::new(Self { rule: "number-not-finite", found: Some(double.to_string()), path: Vec::new() })
    }

    #[cold]
    pub(crate) fn under(mut self: Box<Self>, key: &str) -> Box<Self> {
        self.path.push(Step::Key(key.to_owned()));
        self
    }

    #[cold]
    fn in_element(mut self: Box<Self>) -> Box<Self> {
        self.path.push(Step::Element);
        self
    }

    /// The refusal. What the profile bounds for every language names no parameter there, so neither here.
    #[cold]
    pub(crate) fn denial(self) -> Denial {
        let denial = Denial::new(Code::ParameterInvalid, self.rule);
        let Some(found) = self.found else { return denial };
        let mut path = String::new();
        for step in self.path.iter().rev() {
            match step {
                Step::Element => path.push_str("[]"),
                Step::Key(key) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    for character in key.chars() {
                        if matches!(character, '.' | '[' | ']' | '\\') {
                            path.push('\\');
                        }
                        path.push(character);
                    }
                }
            }
        }
        let denial = denial.requested(found);
        if path.is_empty() { denial } else { denial.parameter(path) }
    }
}

impl Reader {
    /// A reader of the arguments of one call: the object around them is counted already.
    pub(crate) const fn new() -> Self {
        let JsonBounds { bytes, values, .. } = JsonBounds::ARGUMENTS;
        Self { values_left: values - 1, bytes_left: bytes }
    }

    /// Reads one argument.
    pub(crate) fn argument<'py>(&mut self, value: &Bound<'py, PyAny>, json: &mut Json) -> Copied<'py> {
        self.value(value, JsonBounds::ARGUMENTS.depth - 1, json)
    }

    /// Reads the surplus positional arguments, an array to the scope, and puts their copies in their place.
    pub(crate) fn arguments(&mut self, values: &mut [Bound<'_, PyAny>], json: &mut Json) -> Result<(), Box<Fault>> {
        self.spend_value()?;
        let mut elements = Vec::with_capacity(values.len());
        for value in values {
            let mut element = Json::Null;
            if let Some(copy) = self.element(value, JsonBounds::ARGUMENTS.depth - 2, &mut element)? {
                *value = copy;
            }
            elements.push(element);
        }
        *json = Json::Array(elements);
        Ok(())
    }

    /// The text of a key or value.
    pub(crate) fn text(&mut self, text: &Bound<'_, PyString>) -> Result<String, Box<Fault>> {
        let utf8 = text.to_str().map_err(|_| Fault::found("json-lone-surrogate", text))?;
        self.bytes_left = self.bytes_left.checked_sub(utf8.len()).ok_or_else(|| Fault::new("json-too-large"))?;
        Ok(utf8.to_owned())
    }

    fn spend_value(&mut self) -> Result<(), Box<Fault>> {
        self.values_left = self.values_left.checked_sub(1).ok_or_else(|| Fault::new("json-too-many-values"))?;
        Ok(())
    }

    fn value<'py>(&mut self, value: &Bound<'py, PyAny>, depth: usize, json: &mut Json) -> Copied<'py> {
        self.spend_value()?;
        if let Ok(text) = value.cast_exact::<PyString>() {
            *json = Json::Text(self.text(text)?);
        } else if value.is_exact_instance_of::<PyInt>() {
            let number = value.extract::<i64>().ok().and_then(Number::from_integer);
            *json = Json::Number(number.ok_or_else(|| Fault::new("number-beyond-integers"))?);
        } else if let Ok(double) = value.cast_exact::<PyFloat>() {
            let double = double.value();
            *json = Json::Number(Number::from_double(double).ok_or_else(|| Fault::not_finite(double))?);
        } else if let Ok(boolean) = value.cast_exact::<PyBool>() {
            *json = Json::Bool(boolean.is_true());
        } else if value.is_none() {
            *json = Json::Null;
        } else {
            return self.container(value, depth, json);
        }
        Ok(None)
    }

    fn element<'py>(&mut self, value: &Bound<'py, PyAny>, depth: usize, json: &mut Json) -> Copied<'py> {
        self.value(value, depth, json).map_err(Fault::in_element)
    }

    fn container<'py>(&mut self, value: &Bound<'py, PyAny>, depth: usize, json: &mut Json) -> Copied<'py> {
        let py = value.py();
        let inside = || depth.checked_sub(1).ok_or_else(|| Fault::new("json-too-deep"));
        let uncopied = |_| Fault::found("type-unsupported", value);
        if let Ok(list) = value.cast_exact::<PyList>() {
            let copies = self.elements(list.iter(), inside()?, json)?;
            return Ok(Some(PyList::new(py, copies).map_err(uncopied)?.into_any()));
        }
        if let Ok(tuple) = value.cast_exact::<PyTuple>() {
            let copies = self.elements(tuple.iter(), inside()?, json)?;
            return Ok(Some(PyTuple::new(py, copies).map_err(uncopied)?.into_any()));
        }
        if let Ok(dict) = value.cast_exact::<PyDict>() {
            let (object, copy) = self.members(dict, inside()?)?;
            *json = Json::Object(object);
            return Ok(Some(copy.into_any()));
        }
        if decimal_type(py).is_some_and(|decimal| value.get_type().is(decimal)) {
            let text = plain_decimal(value).ok_or_else(|| Fault::found("decimal-not-plain", value))?;
            *json = Json::Text(text);
            return Ok(None);
        }
        Err(Fault::found("type-unsupported", value))
    }

    fn elements<'py>(
        &mut self,
        values: impl ExactSizeIterator<Item = Bound<'py, PyAny>>,
        depth: usize,
        json: &mut Json,
    ) -> Result<Vec<Bound<'py, PyAny>>, Box<Fault>> {
        let (mut elements, mut copies) = (Vec::new(), Vec::new());
        for value in values {
            let mut element = Json::Null;
            let copy = self.element(&value, depth, &mut element)?;
            elements.push(element);
            copies.push(copy.unwrap_or(value));
        }
        *json = Json::Array(elements);
        Ok(copies)
    }

    fn members<'py>(
        &mut self,
        dict: &Bound<'py, PyDict>,
        depth: usize,
    ) -> Result<(Object, Bound<'py, PyDict>), Box<Fault>> {
        let copy = PyDict::new(dict.py());
        let mut members = Vec::new();
        if dict.len() > self.values_left {
            return Err(Fault::new("json-too-many-values"));
        }
        // Iterating panics where the size changes meanwhile; this dict is ours alone.
        let items = dict.copy().map_err(|_| Fault::found("type-unsupported", dict))?;
        for (key, value) in items.iter() {
            let key = key.cast_exact::<PyString>().map_err(|_| Fault::found("key-not-text", &key))?;
            let name = self.text(key)?;
            let mut json = Json::Null;
            let copied = self.value(&value, depth, &mut json).map_err(|fault| fault.under(&name))?;
            copy.set_item(key, copied.unwrap_or(value)).map_err(|_| Fault::found("key-not-text", key))?;
            members.push((name, json));
        }
        let object = Object::from_members(members).map_err(|fault| Fault::new(fault.rule))?;
        Ok((object, copy))
    }
}

/// The arguments in `mapping`, which has to be a `dict`, for the forms that run no tool.
pub(crate) fn object(mapping: &Bound<'_, PyAny>) -> Result<Object, Denial> {
    let Ok(dict) = mapping.cast_exact::<PyDict>() else {
        return Err(Fault::found("arguments-not-object", mapping).denial());
    };
    let mut reader = Reader::new();
    reader.members(dict, JsonBounds::ARGUMENTS.depth - 1).map(|(object, _)| object).map_err(|fault| fault.denial())
}

/// JSON as Python values: integers as `int`, other numbers as `float`.
pub(crate) fn to_python<'py>(py: Python<'py>, json: &Json) -> PyResult<Bound<'py, PyAny>> {
    Ok(match json {
        Json::Null => py.None().into_bound(py),
        Json::Bool(boolean) => PyBool::new(py, *boolean).to_owned().into_any(),
        Json::Number(number) => match number.as_integer() {
            Some(integer) => PyInt::new(py, integer).into_any(),
            None => PyFloat::new(py, number.double()).into_any(),
        },
        Json::Text(text) => PyString::new(py, text).into_any(),
        Json::Array(elements) => {
            let list = PyList::empty(py);
            for element in elements {
                list.append(to_python(py, element)?)?;
            }
            list.into_any()
        }
        Json::Object(object) => object_to_python(py, object)?.into_any(),
    })
}

/// An object as a `dict`.
pub(crate) fn object_to_python<'py>(py: Python<'py>, object: &Object) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (key, value) in object.iter() {
        dict.set_item(key, to_python(py, value)?)?;
    }
    Ok(dict)
}

/// A time as an aware `datetime` in UTC.
pub(crate) fn time_to_python(py: Python<'_>, time: UnixTime) -> PyResult<Bound<'_, PyDateTime>> {
    PyDateTime::from_timestamp(py, time.millis() as f64 / 1_000.0, Some(&*PyTzInfo::utc(py)?))
}

fn decimal_type<'py>(py: Python<'py>) -> Option<&'py Bound<'py, PyType>> {
    static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    DECIMAL.import(py, "decimal", "Decimal").ok()
}

fn plain_decimal(value: &Bound<'_, PyAny>) -> Option<String> {
    let (_, digits, exponent) = value.call_method0("as_tuple").ok()?.extract::<(u8, Bound<'_, PyTuple>, i64)>().ok()?;
    if digits.len() > DECIMAL_DIGITS || exponent.unsigned_abs() > DECIMAL_DIGITS as u64 {
        return None;
    }
    value.call_method1("__format__", ("f",)).ok()?.extract().ok()
}
