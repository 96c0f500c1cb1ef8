"use strict";
const fields = [...document.querySelectorAll("input[data-file]")];
const classes = [...document.querySelectorAll("#classes option")].map((option) => option.value);
const oneLetter = classes.length > 0 && classes.every((name) => name.length === 1);
let isSaved = true;

const valueOf = (field) => field.value.trim();
const isRight = (field) =>
  field.dataset.kind === "digits" ? /^[0-9 ]*$/.test(valueOf(field)) : classes.includes(valueOf(field));

function show() {
  let done = 0;
  for (const field of fields) {
    const isGiven = valueOf(field) !== "";
    const isDone = isGiven && isRight(field);
    field.classList.toggle("wrong", isGiven && !isDone);
    field.closest("li").classList.toggle("looked-over", isDone);
    done += isDone ? 1 : 0;
  }
  document.getElementById("done").textContent = `${done} of ${fields.length} looked over`;
}

function go(field, step) {
  const next = fields[fields.indexOf(field) + step];
  if (next) {
    next.focus();
    next.select();
    next.closest("li").scrollIntoView({ block: "nearest" });
  } else if (step > 0) {
    document.getElementById("save").focus();
  }
}

for (const field of fields) {
  field.addEventListener("input", () => {
    isSaved = false;
    show();
    if (oneLetter && valueOf(field).length === 1 && isRight(field)) go(field, 1);
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter") {
      if (valueOf(field) === "" && field.placeholder !== "") {
        field.value = field.placeholder;
        isSaved = false;
      }
      show();
      if (valueOf(field) === "" || isRight(field)) go(field, 1);
    } else if (event.key === "ArrowDown") {
      go(field, 1);
    } else if (event.key === "ArrowUp") {
      go(field, -1);
    } else {
      return;
    }
    event.preventDefault();
  });
}

const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
// Spreadsheets take what begins so for formulas.
const inert = (text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

function table() {
  const given = fields.filter((field) => valueOf(field) !== "" && isRight(field));
  const rows = given.map((field) => `${quoted(inert(field.dataset.file))},${quoted(valueOf(field))}\n`);
  return `file,label\n${rows.join("")}`;
}

document.getElementById("save").addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([table()], { type: "text/csv" }));
  link.download = "labels.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  isSaved = true;
});
addEventListener("beforeunload", (event) => {
  if (!isSaved) event.preventDefault();
});
show();
if (fields.length > 0) fields[0].focus();
