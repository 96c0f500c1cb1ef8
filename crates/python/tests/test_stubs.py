"""The stub says what the module in Rust has, no more and no less."""

import ast
import builtins
from importlib import resources

from digits import _digits


def test_the_stub_is_of_this_module():
    assert resources.files("digits").joinpath("py.typed").is_file()
    stub = ast.parse(resources.files("digits").joinpath("_digits.pyi").read_text())
    named = {item.name: item for item in stub.body if isinstance(item, (ast.ClassDef, ast.FunctionDef))}
    there = {name for name in dir(_digits) if not name.startswith("__")}
    assert set(named) == there
    methods = {item.name for item in named["Engine"].body if isinstance(item, ast.FunctionDef)}
    assert {name for name in vars(_digits.Engine) if not name.startswith("__")} == methods - {"__new__"}
    for name, item in named.items():
        if isinstance(item, ast.ClassDef) and name != "Engine":
            [base] = item.bases
            assert issubclass(getattr(_digits, name), getattr(builtins, base.id))
        elif isinstance(item, ast.FunctionDef):
            arguments = ", ".join(argument.arg for argument in item.args.args)
            assert getattr(_digits, name).__text_signature__ == f"({arguments})"
