# What Ruby's icalendar, in its strict reading, says about calendars that a server gave as files.
#
# Reads from the environment: GIVEN, a folder of .ics files. Writes one JSON line: {"claim", "holds", "detail"}.
require 'date'
require 'json'
require 'logger'
require 'stringio'
require 'time'
require 'icalendar'

# In its strict reading it refuses every property that it does not know: EXRULE, those of RFC 9073, and names of others.
UNKNOWN = /undefined method `\w+='/.freeze

wrong = Dir[File.join(ENV.fetch('GIVEN'), '*.ics')].sort.filter_map do |path|
  text = File.binread(path).force_encoding('UTF-8')
  events = Icalendar::Parser.new(text, true).parse.flat_map(&:events)
  events.each do |event|
    event.dtstart
    event.dtend
    event.rrule.each(&:value_ical)
    raise 'an event is not valid' unless event.valid?
  end
  nil
rescue StandardError => e
  e.message.match?(UNKNOWN) ? nil : "#{File.basename(path)}: #{e.class} #{e.message[0, 120]}"
end
claim = "Ruby's icalendar finds nothing amiss in them as files of a calendar"
puts JSON.generate(claim: claim, holds: wrong.empty?, detail: wrong.join(' | ')[0, 2000])
