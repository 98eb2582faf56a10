"use strict";
// Conditions of the questionnaire, as privacy/vendors/expressions.py and applying.py have them.
// Three values: true, false, and null for what is not known (Kleene).
const Conditions = (() => {
  const MANY = new Set(["checklist", "multi", "countries"]);
  const FRACTION = 20;

  // A decimal text as a whole number of 10^-20: compared exactly, as no float would be.
  function exact(text) {
    const [whole, part = ""] = String(text).split(".");
    return BigInt(whole + part.padEnd(FRACTION, "0"));
  }

  function afterMonths(day, months) {
    const [year, month, date] = day.split("-").map(Number);
    const total = year * 12 + month - 1 + months;
    const newYear = Math.floor(total / 12);
    const newMonth = total % 12;
    if (newYear > 9999) return "9999-12-31";
    const last = new Date(Date.UTC(2000, 0, 1));
    last.setUTCFullYear(newYear, newMonth + 1, 0);
    const shown = Math.min(date, last.getUTCDate());
    const padded = (number, size) => String(number).padStart(size, "0");
    return `${padded(newYear, 4)}-${padded(newMonth + 1, 2)}-${padded(shown, 2)}`;
  }

  function check(ref, op, operand, known) {
    const answer = Object.hasOwn(known.answers, ref) ? known.answers[ref] : null;
    if (op === "is" && operand === "answered") return answer !== null;
    if (answer === null) return null;
    const many = MANY.has(answer.kind);
    if (op === "includes") return many ? answer.value.includes(operand) : null;
    if (op === "outside") {
      const area = Object.hasOwn(known.areas, operand) ? known.areas[operand] : [];
      return many ? answer.value.some((each) => !area.includes(each)) : null;
    }
    if (op === "older") {
      if (answer.kind !== "date" || answer.value > known.on) return null;
      return afterMonths(answer.value, Number(operand)) < known.on;
    }
    if (op === "is") return answer.kind === "choice" && answer.value === operand;
    if (answer.kind !== "integer" && answer.kind !== "number") return null;
    const [value, limit] = [exact(answer.value), exact(operand)];
    if (op === "<") return value < limit;
    if (op === "<=") return value <= limit;
    if (op === ">") return value > limit;
    return op === ">=" ? value >= limit : value === limit;
  }

  // `known`: answers by id as {kind, value}, areas by name, and the day as YYYY-MM-DD.
  function evaluate(node, known) {
    if (node.check) return check(...node.check, known);
    if (node.not) {
      const inner = evaluate(node.not, known);
      return inner === null ? null : !inner;
    }
    const settles = Boolean(node.some);
    const values = (node.some || node.all).map((part) => evaluate(part, known));
    if (values.includes(settles)) return settles;
    return values.includes(null) ? null : !settles;
  }

  // Jurisdictions of the countries called; null where they were not said.
  function scope(form, known) {
    const answer = known.answers[form.countries_question];
    if (!answer) return null;
    const found = new Set();
    for (const country of answer.value) {
      const places = [country, country.split("-")[0]];
      const named = Object.keys(form.jurisdictions).filter((name) =>
        places.some((place) => form.jurisdictions[name].includes(place)));
      (named.length ? named : ["other"]).forEach((name) => found.add(name));
    }
    return found;
  }

  // "jurisdiction" or "condition" where the question does not apply; "" where it does.
  function hiddenBy(form, question, known) {
    const called = scope(form, known);
    if (called !== null) {
      const mine = question.jurisdictions.some((name) => called.has(name));
      const general = question.jurisdictions.length === Object.keys(form.jurisdictions).length;
      if (!mine && !(called.has("other") && general)) return "jurisdiction";
    }
    return question.condition && evaluate(question.condition, known) === false ? "condition" : "";
  }

  return { evaluate, hiddenBy };
})();
