package topics

import (
	"encoding/json"
	"testing"

	"purser/processors/core"
)

func BenchmarkDecodeOrder(b *testing.B) {
	body := bought(`"order":"or-1","other_payer":"w-0000001",`, `{"item":"mug","catalogs":["spring"],"quantity":2,"unit_price":"1.25"},`+
		`{"item":"card","catalogs":["paper"],"unit_price":0.1234565},{"item":"pen","catalogs":["spring","office"],"quantity":"3","unit_price":"0.15"},`+
		`{"item":"bag","catalogs":["spring"],"unit_price":"1.20"},{"item":"cap","catalogs":["spring","clothes"],"unit_price":"0.99"}`)
	rec := NewEvent(Send, "org-0042", "shop", "order-0000123456", TypeOrderPlaced, TimeOf(recorded), json.RawMessage(body))
	rec.Timestamp = recorded
	d := NewDecoder()
	var ev core.Event
	b.ReportAllocs()
	for b.Loop() {
		if bad := d.Decode(InputIndex(Send), rec, &ev); bad != nil {
			b.Fatal(bad)
		}
	}
}
