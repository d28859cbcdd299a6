// What ical.js makes of each calendar, as plain values. `source` is the text of the ical.js module.
async ([source, calendars]) => {
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { default: ICAL } = await import(address);
  URL.revokeObjectURL(address);

  const person = (property) => ({
    address: property.getFirstValue(),
    name: property.getParameter("cn"),
    partstat: property.getParameter("partstat") ?? null,
    rsvp: property.getParameter("rsvp") ?? null,
  });
  const utc = (time) => time.convertToZone(ICAL.Timezone.utcTimezone).toString();

  return calendars.map((text) => {
    const calendar = new ICAL.Component(ICAL.parse(text));
    ICAL.TimezoneService.reset();
    calendar.getAllSubcomponents("vtimezone").forEach((zone) => ICAL.TimezoneService.register(zone));
    const [component, ...others] = calendar.getAllSubcomponents("vevent");
    const event = new ICAL.Event(component);
    return {
      method: calendar.getFirstPropertyValue("method"),
      events: 1 + others.length,
      uid: event.uid,
      sequence: event.sequence,
      stamp: utc(component.getFirstPropertyValue("dtstamp")),
      summary: event.summary,
      description: event.description,
      location: event.location,
      status: component.getFirstPropertyValue("status"),
      starts: [event.startDate.zone.tzid, event.startDate.toString(), utc(event.startDate)],
      ends: [event.endDate.zone.tzid, event.endDate.toString(), utc(event.endDate)],
      organizer: person(component.getFirstProperty("organizer")),
      attendees: component.getAllProperties("attendee").map(person),
      rings: component.getAllSubcomponents("valarm").map((alarm) => {
        const moment = event.startDate.convertToZone(ICAL.Timezone.utcTimezone);
        moment.addDuration(alarm.getFirstPropertyValue("trigger"));
        return moment.toString();
      }),
      alarms: component.getAllSubcomponents("valarm").map((alarm) => alarm.getFirstPropertyValue("trigger").toString()),
    };
  });
}
