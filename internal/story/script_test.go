package story

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestTheStoriesCanBeTold(t *testing.T) {
	for _, tell := range []func() (*Script, error){ThreeMonths, StoreAndCustomer} {
		s, err := tell()
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i < len(s.moments); i++ {
			if s.moments[i].at.Before(s.moments[i-1].at) {
				t.Fatalf("%s: what happens at %v comes after what happens at %v", s.Title, s.moments[i].at, s.moments[i-1].at)
			}
		}
	}
}

const head = "story: A test\nfrom 2026-02-27 till 2026-03-04\n"

func TestBlocksComeWhenTheySay(t *testing.T) {
	s, err := Parse([]byte(head + `
on 2026-02-27 00:00 in acme
  org acme currency USD
  wallet ann
every weekday 09:30 in acme
  usage ann message cost {n} USD id working-{n}
every monday 08:00 in acme
  usage ann message cost 1 USD id monday
every 1st 09:30 in acme
  usage ann message cost 1 USD id first
every day 23:59 in acme
  usage ann message cost 1 USD id daily-{n}
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range s.moments {
		var ids []string
		for _, l := range m.lines {
			words := strings.Fields(l.text)
			ids = append(ids, words[len(words)-1])
		}
		got = append(got, m.at.Format("01-02 15:04 ")+strings.Join(ids, " "))
	}
	want := []string{
		"02-27 00:00 USD ann", "02-27 09:30 working-1", "02-27 23:59 daily-1", "02-28 23:59 daily-2", "03-01 09:30 first", "03-01 23:59 daily-3",
		"03-02 08:00 monday", "03-02 09:30 working-2", "03-02 23:59 daily-4", "03-03 09:30 working-3", "03-03 23:59 daily-5",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("it lays out as\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestMistakesAreNamed(t *testing.T) {
	for _, c := range []struct{ text, says string }{
		{"", "from DAY till DAY"},
		{"story: x\nfrom 2026-03-01 till 2026-03-01\n", "from DAY till DAY"},
		{"story: x\nfrom 2026-02-30 till 2026-03-01\n", "line 2"},
		{head + "  wallet ann\n", "line 3: expected a block above it"},
		{head + "on 2026-02-27 in acme\n", "line 3: expected: on DAY"},
		{head + "on 2026-03-04 10:00 in acme\n", `"2026-03-04" is no day of the story`},
		{head + "on 2026-02-27 25:00 in acme\n", `"25:00" is no time`},
		{head + "every 29th 10:00 in acme\n", `it cannot be every "29th"`},
		{head + "every 3 10:00 in acme\n", `it cannot be every "3"`},
		{head + "once upon 10:00 in acme\n", "line 3: expected: on DAY"},
		{head + "every day 10:00 in acme\n  org acme\n  walet ann\n", `line 5: expected`},
		{head + "every day 10:00 in acme\n  org other\n", `line 4: it is of org "other", below one of "acme"`},
		{strings.Repeat("#", maxScriptBytes+1), "1 MiB"},
	} {
		_, err := Parse([]byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: error %v, want one that says %q", c.text[:min(len(c.text), 120)], err, c.says)
		}
		if err != nil && strings.Count(err.Error(), "walet") > 1 {
			t.Errorf("a line that comes often is named often: %v", err)
		}
	}
}

// TestTheGroupOfDaysIsWhole: whatever word stands for days stands for at least one in four weeks.
func TestTheGroupOfDaysIsWhole(t *testing.T) {
	for _, word := range []string{"day", "weekday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "1st", "2nd", "3rd", "28th"} {
		on, days := every(word), 0
		if on == nil {
			t.Errorf("%q stands for no day", word)
			continue
		}
		for d := range 28 {
			if on(time.Date(2026, 2, 1+d, 0, 0, 0, 0, time.UTC)) {
				days++
			}
		}
		if days == 0 {
			t.Errorf("every %s is on no day", word)
		}
	}
}
