package core

// Particulars are what a customer account says of its owner: how it is called (R8.12), where its bills go (R8.13), and in which way (R8.16).
type Particulars struct {
	Name       string // given; "": what the org's rule makes of it
	Contact    string // name of the contact
	Address    string // billing address; "": none
	Rewarded   bool   // its owner takes part in a reward scheme
	Recipients []Recipient
}

// Recipient is who gets what goes out by a medium.
type Recipient struct {
	Medium Medium
	To     string // of mail by post perhaps "": the billing address
}

// Medium is the way in which something goes out.
type Medium uint8

// Media. They never change their number.
const (
	ByPost Medium = iota + 1
	ByEmail
	BySMS
	InPerson
	ByOtherMedium
)

// AccountRules are what an org demands of the definitions of its customer accounts.
type AccountRules struct {
	Classes      []string // labels that an account may have; empty: any
	Naming       Naming
	Address      AddressRule
	Standalone   bool // of AddressMaybe: not where the account is in no group,
	Parent       bool // or is a parent,
	Member       bool // or a member,
	Rewarded     bool // or takes part in a reward scheme,
	Plans, Terms []string
}

// Naming says how an account is called that gives no name (R8.12).
type Naming uint8

// Ways to name accounts. They never change their number.
const (
	NamedByDefinition Naming = iota
	NamedByNumber
	NamedByNumberAndContact
)

// AddressRule says who has to have a billing address (R8.13).
type AddressRule uint8

// Rules on billing addresses. They never change their number.
const (
	AddressNever AddressRule = iota
	AddressAlways
	AddressMaybe // not where a condition holds
)

// Why the particulars of a customer account are refused.
const (
	UnknownClass    Reason = "unknown_classification" // R8.12: not on the org's list
	ContactRequired Reason = "contact_name_required"  // R8.12: the org names accounts by it
	AddressRequired Reason = "billing_address_required"
	RecipientNeeded Reason = "recipient_required" // R8.16: a preference that says nobody
)

// Called is the name of a customer account by a version of it; "" for none (R8.12).
func (t *CustomerTerms) Called() string {
	switch {
	case t == nil:
		return ""
	case t.Particulars != nil && t.Particulars.Name != "":
		return t.Particulars.Name
	}
	return t.Generated
}

// Reached lists whom what goes out by a medium reaches, and nobody who prefers another one (R8.16). What goes by post goes to the billing address
// where nothing else is said.
func (t *CustomerTerms) Reached(by Medium) (all []string) {
	if t == nil || t.Particulars == nil {
		return nil
	}
	for i := range t.Particulars.Recipients {
		r := &t.Particulars.Recipients[i]
		switch {
		case r.Medium != by:
		case r.To == "":
			all = append(all, t.Particulars.Address)
		default:
			all = append(all, r.To)
		}
	}
	return all
}

// String returns the medium as it is written.
func (m Medium) String() string { return name(mediumNames[:], int(m)) }

// String returns the way to name as it is written.
func (n Naming) String() string { return name(namingNames[:], int(n)) }

// String returns the rule as it is written.
func (r AddressRule) String() string { return name(addressNames[:], int(r)) }

var (
	mediumNames  = [...]string{ByPost: "post", ByEmail: "email", BySMS: "sms", InPerson: "in_person", ByOtherMedium: "other"}
	namingNames  = [...]string{NamedByDefinition: "given", NamedByNumber: "number", NamedByNumberAndContact: "number_and_contact"}
	addressNames = [...]string{AddressNever: "never", AddressAlways: "always", AddressMaybe: "conditional"}
)
