"use strict";
(() => {
  const form = JSON.parse(document.getElementById("form-data").textContent);
  const every = (selector, root = document) => [...root.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  const questions = form.sections.flatMap((section) => section.questions);
  const asked = new Map();
  for (const question of questions) {
    asked.set(question.id, question);
    question.facts.forEach((fact) => asked.set(fact.id, fact));
  }
  const COUNTRY = /^[A-Z]{2}(-[A-Z0-9]{1,3})?$/;
  const WHOLE = /^[0-9]{1,12}$/;
  const PERCENT = /^[0-9]{1,3}(\.[0-9]{1,6})?$/;
  const LARGEST_EVIDENCE = 20 * 1024 * 1024;
  let evidence = [];

  const boxOf = (id) => every(".answer").find((box) => box.dataset.id === id);
  const text = (box, part) => box.querySelector(`[data-part="${part}"]`).value.trim();

  // {value}, {wrong: why}, or null where nothing was answered.
  function read(id) {
    const box = boxOf(id);
    const { kind } = asked.get(id);
    if (kind === "choice") {
      const chosen = every("input:checked", box);
      return chosen.length ? { value: chosen[0].value } : null;
    }
    if (kind === "checklist" || kind === "multi") {
      const chosen = every("input[data-part=option]:checked", box).map((input) => input.value);
      if (chosen.length) return { value: chosen };
      const none = box.querySelector("[data-part=none]");
      return none && none.checked ? { value: [] } : null;
    }
    if (kind === "ratio") return readRatio(box);
    const said = text(box, "value");
    if (!said) return null;
    if (kind === "countries") {
      const codes = [...new Set(said.toUpperCase().split(/[\s,;]+/).filter(Boolean))].sort();
      return codes.length && codes.length <= 300 && codes.every((code) => COUNTRY.test(code))
        ? { value: codes } : { wrong: "Codes of countries or states, such as DE, US-CA." };
    }
    if (kind === "integer") {
      return WHOLE.test(said) ? { value: Number(said) } : { wrong: "A whole number." };
    }
    if (kind === "number") {
      return PERCENT.test(said) && Number(said) <= 100
        ? { value: said } : { wrong: "A percentage from 0 to 100, such as 2.1." };
    }
    return /^\d{4}-\d{2}-\d{2}$/.test(said) ? { value: said } : { wrong: "A day." };
  }

  function readRatio(box) {
    const [top, bottom] = [text(box, "numerator"), text(box, "denominator")];
    if (!top && !bottom) return null;
    if (!WHOLE.test(top) || !WHOLE.test(bottom) || Number(top) > Number(bottom)) {
      return { wrong: "Two whole numbers, the first not larger than the second." };
    }
    return { value: { numerator: Number(top), denominator: Number(bottom) } };
  }

  function known() {
    const answers = {};
    for (const [id, question] of asked) {
      const said = read(id);
      if (said && "value" in said) answers[id] = { kind: question.kind, value: said.value };
    }
    return { answers, areas: form.areas, on: today() };
  }

  function today() {
    const now = new Date();
    const padded = (number) => String(number).padStart(2, "0");
    return `${now.getFullYear()}-${padded(now.getMonth() + 1)}-${padded(now.getDate())}`;
  }

  const shown = (question) => !byId(`q-${question.id}`).hidden;

  function refresh() {
    const now = known();
    let [open, done] = [0, 0];
    for (const question of questions) {
      byId(`q-${question.id}`).hidden = Conditions.hiddenBy(form, question, now) !== "";
      if (!shown(question)) continue;
      open += 1;
      done += question.id in now.answers ? 1 : 0;
    }
    for (const section of form.sections) {
      byId(`s-${section.id}`).hidden = !section.questions.some(shown);
    }
    byId("progress").textContent = `${done} of ${open} questions that apply are answered.`;
  }

  // Each wrong entry by question; also marks the fields for whoever cannot see colours.
  function faults() {
    const found = [];
    for (const question of questions.filter(shown)) {
      for (const { id } of [question, ...question.facts]) {
        const said = read(id);
        const box = boxOf(id);
        const wrong = said && said.wrong ? said.wrong : "";
        box.querySelector(".wrong").textContent = wrong;
        every("input", box).forEach((input) => input.setAttribute("aria-invalid", String(Boolean(wrong))));
        if (wrong) found.push([id, wrong]);
      }
    }
    return found;
  }

  function saved() {
    const answers = [];
    for (const question of questions.filter(shown)) {
      for (const { id } of [question, ...question.facts]) {
        const said = read(id);
        if (!said) continue;
        const comment = id === question.id ? text(byId(`q-${id}`), "comment") : "";
        answers.push({ question: id, value: said.value, ...(comment ? { comment } : {}) });
      }
    }
    return {
      schema: form.answers_schema,
      vendor: form.vendor.id,
      questionnaire_sha256: form.questionnaire_sha256,
      answers,
      evidence: evidence.filter((file) => file.questions.some((id) => shown(asked.get(id)))),
    };
  }

  function save() {
    const found = faults();
    const list = byId("faults");
    list.hidden = !found.length;
    byId("fault-list").replaceChildren(...found.map(([id, wrong]) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = `#q-${id.split(".")[0]}`;
      link.textContent = `${id}: ${wrong}`;
      item.append(link);
      return item;
    }));
    if (found.length) {
      list.focus();
      return;
    }
    const content = JSON.stringify(saved(), null, 1);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
    link.download = `answers-${form.vendor.id}.json`;
    document.body.append(link);
    link.click();
    link.remove();
    say("Saved. Send the file to whoever gave you this form, or load it here to go on.");
  }

  const say = (words) => { byId("said").textContent = words; };

  function write(id, value) {
    const box = boxOf(id);
    const { kind } = asked.get(id);
    if (kind === "choice" || kind === "checklist" || kind === "multi") {
      const codes = [].concat(value);
      every("input", box).forEach((input) => { input.checked = codes.includes(input.value); });
      const none = box.querySelector("[data-part=none]");
      if (none) none.checked = Array.isArray(value) && !value.length;
    } else if (kind === "ratio") {
      box.querySelector("[data-part=numerator]").value = value.numerator;
      box.querySelector("[data-part=denominator]").value = value.denominator;
    } else {
      box.querySelector("[data-part=value]").value = [].concat(value).join(", ");
    }
  }

  function fill(answers) {
    for (const { question, value, comment } of answers) {
      if (!asked.has(question)) continue;
      write(question, value);
      const box = byId(`q-${question}`);
      if (box && comment) box.querySelector("[data-part=comment]").value = comment;
    }
  }

  async function load(file) {
    try {
      const held = JSON.parse(await file.text());
      const mine = held.schema === form.answers_schema && held.vendor === form.vendor.id
        && held.questionnaire_sha256 === form.questionnaire_sha256 && Array.isArray(held.answers);
      if (!mine) throw new Error("other");
      fill(held.answers);
      evidence = Array.isArray(held.evidence) ? held.evidence : [];
      questions.forEach(listFiles);
      refresh();
      say(`Loaded ${held.answers.length} answers.`);
    } catch {
      say("This file is none that was saved from this form; nothing was changed.");
    }
  }

  const bytesInside = () => evidence.reduce((sum, file) => sum + (file.content ? file.size_bytes : 0), 0);

  async function attach(question) {
    const box = byId(`q-${question.id}`);
    const input = box.querySelector("[data-part=file]");
    const [from, until] = [text(box, "from"), text(box, "until")];
    const told = box.querySelector(".file-wrong");
    const [file] = input.files;
    if (!file || !until || (from && until < from)) {
      told.textContent = "Choose a file and its last day of validity, not before the first.";
      return;
    }
    if (!file.size || file.size > LARGEST_EVIDENCE) {
      told.textContent = "A file has 1 byte to 20 MiB.";
      return;
    }
    const inside = file.size <= form.largest_inside && bytesInside() + file.size <= form.largest_together;
    const bytes = new Uint8Array(await file.arrayBuffer());
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    evidence.push({
      questions: [question.id],
      name: file.name,
      valid_from: from || today(),
      valid_until: until,
      size_bytes: file.size,
      sha256: [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
      ...(inside ? { content: base64(bytes) } : {}),
    });
    told.textContent = inside ? "" : "This file is too large for the form: send it beside the saved answers.";
    input.value = "";
    listFiles(question);
  }

  function base64(bytes) {
    let found = "";
    for (let at = 0; at < bytes.length; at += 0x8000) {
      found += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    }
    return btoa(found);
  }

  function listFiles(question) {
    const list = byId(`q-${question.id}`).querySelector(".files");
    if (!list) return;
    const mine = evidence.filter((file) => file.questions.includes(question.id));
    list.replaceChildren(...mine.map((file) => {
      const item = document.createElement("li");
      const apart = file.content ? "" : " (send this file apart)";
      const label = document.createElement("span");
      label.textContent = `${file.name}, valid ${file.valid_from} to ${file.valid_until}${apart} `;
      const remove = document.createElement("button");
      remove.type = "button";
      remove.textContent = `Remove ${file.name}`;
      remove.addEventListener("click", () => {
        evidence = evidence.filter((each) => each !== file);
        listFiles(question);
      });
      item.append(label, remove);
      return item;
    }));
  }

  document.addEventListener("input", refresh);
  document.addEventListener("change", (event) => {
    const { part } = event.target.dataset;
    const box = event.target.closest(".answer");
    if (part === "none" && event.target.checked) {
      every("[data-part=option]", box).forEach((input) => { input.checked = false; });
    } else if (part === "option" && event.target.checked) {
      every("[data-part=none]", box).forEach((input) => { input.checked = false; });
    }
    refresh();
  });
  every("[data-clear]").forEach((button) => button.addEventListener("click", () => {
    every("input", boxOf(button.dataset.clear)).forEach((input) => { input.checked = false; });
    refresh();
  }));
  every("[data-attach]").forEach((button) => button.addEventListener("click", () => {
    attach(asked.get(button.dataset.attach)).catch(() => say("The file could not be read."));
  }));
  every("[data-save]").forEach((button) => button.addEventListener("click", save));
  byId("load").addEventListener("change", (event) => {
    if (event.target.files[0]) load(event.target.files[0]);
  });
  fill(form.answers);
  byId("sheet").hidden = false;
  refresh();
})();
