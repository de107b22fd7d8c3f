// The basic calls of somebody else's client for Autotask, against the sandbox at argv[2]. Prints one line of JSON.
"use strict";
const assert = require("node:assert");
const { AutotaskRestApi } = require("@apigrate/autotask-restapi");

const [base, user, secret, code] = process.argv.slice(2);

async function main() {
  const client = new AutotaskRestApi(user, secret, code, { base_url: base });
  const done = [];
  const { Tickets, Companies, TicketNotes } = client;

  const first = await Companies.query({ filter: [{ op: "gte", field: "id", value: 0 }], MaxRecords: 5 });
  assert.ok(client.zoneInfo && client.zoneInfo.url.startsWith("http"), "a zone");
  done.push("zone");
  assert.strictEqual(first.items.length, 5);
  done.push("query");

  const { queryCount } = await Tickets.count({ filter: [{ op: "gte", field: "id", value: 0 }] });
  let page = await Tickets.query({ filter: [{ op: "gte", field: "id", value: 0 }], MaxRecords: 20 });
  const seen = new Set(page.items.map((one) => one.id));
  while (page.pageDetails.nextPageUrl) {
    const last = Math.max(...seen);
    page = await Tickets.query({ filter: [{ op: "gt", field: "id", value: last }], MaxRecords: 20 });
    page.items.forEach((one) => seen.add(one.id));
  }
  assert.strictEqual(seen.size, queryCount);
  done.push("count", "paging");

  const { item } = await Tickets.get([...seen][0]);
  assert.ok(item.ticketNumber);
  assert.strictEqual((await Tickets.get(999999999)).item, null);
  done.push("get");

  const { fields } = await Tickets.fieldInfo();
  const priority = fields.find((one) => one.name === "priority").picklistValues.find((one) => one.isActive);
  const { itemId } = await Tickets.create({
    id: 0, companyID: 0, title: "by another client", status: 1, priority: Number(priority.value),
    queueID: Number(fields.find((one) => one.name === "queueID").picklistValues.find((one) => one.isActive).value),
  });
  await Tickets.update({ id: itemId, title: "changed by another client" });
  assert.strictEqual((await Tickets.get(itemId)).item.title, "changed by another client");
  done.push("create", "update");

  const noteFields = (await TicketNotes.fieldInfo()).fields;
  const value = (name) => Number(noteFields.find((one) => one.name === name).picklistValues.find((one) => one.isActive).value);
  const note = await TicketNotes.create(itemId, {
    id: 0, ticketID: itemId, title: "x", description: "below its parent", noteType: value("noteType"), publish: value("publish"),
  });
  assert.ok(note.itemId);
  done.push("create below a parent");
  console.log(JSON.stringify({ done }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
