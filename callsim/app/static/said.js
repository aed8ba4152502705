// What has been said so far, newest at the end; stays at the end unless the reader has scrolled up.

export function showSaid(box, facts, callerName) {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  const rows = facts.said.map((one) => row(one.who, name(one.who, callerName), one.text, one.cut ? "(cut off)" : ""));
  if (facts.guess) {
    const guess = row("trainee", "You", facts.guess, "");
    guess.lastChild.className = "guess";
    rows.push(guess);
  }
  if (rows.length > 0) {
    box.replaceChildren(...rows);
  }
  if (atEnd) {
    box.scrollTop = box.scrollHeight;
  }
}

function name(who, callerName) {
  return who === "caller" ? callerName : "You";
}

function row(who, whose, text, after) {
  const line = document.createElement("p");
  line.className = who;
  line.append(span("who", whose), span("", after ? `${text} ${after}` : text));
  return line;
}

function span(name, text) {
  const part = document.createElement("span");
  part.className = name;
  part.textContent = text;
  return part;
}
