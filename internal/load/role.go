package load

import (
	"fmt"

	"purser/internal/record"
	"purser/topics"
)

// role is what an event of the mix is, beside usage.
type role uint8

const (
	usageRecorded role = iota

	sendRequested
	followUp // one of the next four, as the send is
	sendApproved
	sendDeclined
	sendAdjusted
	sendCancelled

	paymentReceived
	paymentRefunded
	attemptResolved
	invoicePaid

	creditsGranted
	creditsRemoved
	walletDefined
	planDefined
	teamDefined
	campaignDefined
	memberJoined
	memberLeft
	usageVoided
	usageCorrected
	rechargeRequested
	fundingRequested
	transferRequested
	licencePurchased
	invoiceVoided
	transactionRecorded
	orderPlaced
	orderCancelled
	roleCount
)

// option is a role with its share of a part of the mix, in percent.
type option struct {
	role  role
	share int
}

// part is one of those of the mix.
type part uint8

const (
	usagePart part = iota
	sendPart
	paymentPart
	otherPart
)

var options = [...][]option{
	sendPart:    {{sendRequested, 50}, {followUp, 50}},
	paymentPart: {{attemptResolved, 45}, {paymentReceived, 30}, {invoicePaid, 15}, {paymentRefunded, 10}},
	otherPart: {
		{creditsGranted, 8}, {creditsRemoved, 8}, {walletDefined, 10}, {planDefined, 3}, {teamDefined, 4}, {campaignDefined, 3}, {memberJoined, 7},
		{memberLeft, 5}, {usageVoided, 10}, {usageCorrected, 10}, {rechargeRequested, 6}, {fundingRequested, 4}, {transferRequested, 6},
		{licencePurchased, 4}, {invoiceVoided, 3}, {transactionRecorded, 4}, {orderPlaced, 4}, {orderCancelled, 1},
	},
}

// shape is what an event of a role is when nothing is wrong with it.
type shape struct {
	topic uint8
	typ   string
	kind  record.Kind // what has to become of it
	body  func(*run, *draw) string

	follows func(d *dice, roll uint64) bool // what an earlier event has to be that it is about; nil: it is about none
	instead role                            // what it is where there is no such event
}

// shapes are those of the roles.
func shapes() *[roleCount]shape {
	return &[roleCount]shape{
		sendRequested: {sendTopic, topics.TypeSendRequested, record.Good, (*run).sendBody, nil, 0},
		followUp:      {follows: isRequest, instead: sendRequested},
		sendApproved:  {sendTopic, topics.TypeSendApproved, record.Judged, (*run).sendReference, nil, 0},
		sendDeclined:  {sendTopic, topics.TypeSendDeclined, record.Judged, (*run).sendReference, nil, 0},
		sendAdjusted:  {sendTopic, topics.TypeSendAdjusted, record.Judged, (*run).adjustmentBody, nil, 0},
		sendCancelled: {sendTopic, topics.TypeSendCancelled, record.Judged, (*run).sendReference, nil, 0},

		paymentReceived: {paymentTopic, topics.TypePaymentReceived, record.Good, (*run).paymentBody, nil, 0},
		paymentRefunded: {paymentTopic, topics.TypePaymentRefunded, record.Judged, (*run).refundBody, nil, 0},
		attemptResolved: {paymentTopic, topics.TypeAttemptResolved, record.Judged, (*run).resultBody, nil, 0},
		invoicePaid:     {paymentTopic, topics.TypeInvoicePaid, record.Judged, (*run).invoicePaidBody, nil, 0},

		creditsGranted:    {accountTopic, topics.TypeCreditsGranted, record.Judged, (*run).grantBody, nil, 0},
		creditsRemoved:    {accountTopic, topics.TypeCreditsRemoved, record.Judged, (*run).removalBody, nil, 0},
		walletDefined:     {accountTopic, topics.TypeAccountDefined, record.Definition, (*run).walletAgain, nil, 0},
		planDefined:       {accountTopic, topics.TypePlanDefined, record.Definition, (*run).planAgain, nil, 0},
		teamDefined:       {accountTopic, topics.TypeTeamDefined, record.Definition, (*run).teamAgain, nil, 0},
		campaignDefined:   {accountTopic, topics.TypeCampaignDefined, record.Definition, (*run).campaignAgain, nil, 0},
		memberJoined:      {accountTopic, topics.TypeMemberJoined, record.Judged, (*run).memberBody, nil, 0},
		memberLeft:        {accountTopic, topics.TypeMemberLeft, record.Judged, (*run).memberBody, nil, 0},
		usageVoided:       {usageTopic, topics.TypeUsageVoided, record.Judged, (*run).voidBody, isUsage, creditsGranted},
		usageCorrected:    {usageTopic, topics.TypeUsageCorrected, record.Judged, (*run).correctionBody, isUsage, creditsGranted},
		rechargeRequested: {accountTopic, topics.TypeRechargeRequested, record.Good, (*run).rechargeBody, nil, 0},
		fundingRequested:  {accountTopic, topics.TypeFundingRequested, record.Good, (*run).fundingBody, nil, 0},
		transferRequested: {accountTopic, topics.TypeTransferRequested, record.Good, (*run).transferBody, nil, 0},
		licencePurchased:  {accountTopic, topics.TypeLicencePurchased, record.Good, (*run).licenceBody, nil, 0},
		invoiceVoided:     {accountTopic, topics.TypeInvoiceVoided, record.Judged, (*run).invoiceVoidedBody, nil, 0},

		transactionRecorded: {accountTopic, topics.TypeTransactionRecorded, record.Judged, (*run).transactionBody, nil, 0},
		orderPlaced:         {sendTopic, topics.TypeOrderPlaced, record.Good, (*run).orderBody, nil, 0},
		orderCancelled:      {sendTopic, topics.TypeOrderCancelled, record.Judged, (*run).orderCancelledBody, isOrder, orderPlaced},
	}
}

func isUsage(d *dice, roll uint64) bool { return d.part(roll) == usagePart }

func isRequest(d *dice, roll uint64) bool {
	return d.part(roll) == sendPart && choose(sendPart, roll) == sendRequested
}

// followUpOf is what follows a send: where it waits for its approval, mostly that.
func followUpOf(send *draw, bits uint64) role {
	percent := int(bits % 100)
	waits := campaigns[send.campaign()].approval && send.triggered()
	switch {
	case waits && percent < 50, !waits && percent < 8:
		return sendApproved
	case waits && percent < 60, !waits && percent < 12:
		return sendDeclined
	case percent < 85:
		return sendAdjusted
	}
	return sendCancelled
}

// alone is the role of a type of event that follows no other; "" is usage.
func alone(typ string) (role, bool) {
	for i, shape := range shapes() {
		follows := shape.follows != nil || i >= int(sendApproved) && i <= int(sendCancelled)
		if shape.typ == typ && typ != "" && !follows {
			return role(i), true
		}
	}
	return usageRecorded, typ == ""
}

func (c *Config) only() error {
	if _, ok := alone(c.Only); !ok {
		return fmt.Errorf("%q is no type of event beside usage that comes alone", c.Only)
	}
	return nil
}
